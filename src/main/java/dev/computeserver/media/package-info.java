/**
 * Files that tasks make: fetched from where a provider put them, checked, hashed and stored, never whole in memory.
 * Owns the folder {@code outputs} below the data folder.
 */
package dev.computeserver.media;
