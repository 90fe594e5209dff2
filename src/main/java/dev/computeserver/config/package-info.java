/**
 * Typed settings. {@link dev.computeserver.config.Settings#load} reads the packaged defaults, the files of a folder and
 * the environment, in this order, checks the whole against the JSON Schemas in {@code conf/schema} and reports every
 * fault at once. Everybody may read {@link dev.computeserver.config.Settings}; only {@code main} loads them.
 *
 * <p>A new setting is a line in {@code conf/compute.yaml}, a property in its schema and a record component.
 * A new provider is an entry in {@code conf/providers.yaml}.
 */
package dev.computeserver.config;
