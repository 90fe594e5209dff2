/**
 * Benchmark programs, run by hand and never as part of a build: they measure a real server in a process of its own
 * against {@link dev.computeserver.bench.FakeFal}, an instant provider in another process. {@link
 * dev.computeserver.bench.Bench} is the entrance and says how to call it; each class that implements {@code Benchmark}
 * is one program. They use only the public HTTP and WebSocket contract, {@code /proc} for CPU and memory (so Linux
 * only), and pgbench as the yardstick for commits. Nothing here asserts a time: numbers are printed, people judge.
 */
package dev.computeserver.bench;
