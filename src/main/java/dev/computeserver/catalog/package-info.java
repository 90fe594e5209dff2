/**
 * The contract's vocabulary: task types, capabilities and providers. The floor that every other package may stand on;
 * it depends on nothing.
 */
package dev.computeserver.catalog;
