/** Follows the README as a reader would: its guide on a copy of the sources, its commands at a running node, its tables and names. */
package dev.computeserver.guide;
