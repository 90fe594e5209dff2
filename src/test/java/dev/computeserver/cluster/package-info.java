/** Several nodes in one JVM, on a Hazelcast cluster of their own: what must hold whichever node does what. */
package dev.computeserver.cluster;
