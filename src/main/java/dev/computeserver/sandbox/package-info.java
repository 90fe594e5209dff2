/**
 * The sandbox: a small HTTP server on loopback that speaks the providers' own wire protocols and makes real files from
 * the real input, so that the real processors run unchanged where no key is configured.
 *
 * <p>A {@link dev.computeserver.sandbox.ProviderSide} per provider maps that provider's protocol on the shared parts:
 * the job book ({@code SandboxJobs}, phases derived from elapsed time), the shop of makers ({@code Shop}), the shelf of
 * made files ({@code FileShelf}), the callbacks ({@code Callbacks}). All of them live on the verticle's one event loop;
 * work on pixels, samples and big bodies runs on the worker pool {@code sandbox}. The body field {@code sandbox}
 * ({@code Wish}) asks for durations and faults. Only {@code SandboxVerticle} is for other packages.
 */
package dev.computeserver.sandbox;
