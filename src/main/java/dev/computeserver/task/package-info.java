/**
 * Tasks as PostgreSQL knows them: the records, the state machine and the only code that reads and writes their tables.
 * Every status change goes through {@link dev.computeserver.task.TaskStore#setStatus}, every event leaves through the
 * listener given to the store. Stands on {@code db} and {@code catalog}; knows no provider, no HTTP and no bus.
 */
package dev.computeserver.task;
