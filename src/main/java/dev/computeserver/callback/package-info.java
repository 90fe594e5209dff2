/**
 * How providers sign what they report to us. A {@link dev.computeserver.callback.Scheme} is data that a processor declares:
 * which headers, what is signed, and where that comes from by which it is checked ({@link dev.computeserver.callback.Source}).
 * It judges a {@link dev.computeserver.callback.Signed} callback by {@link dev.computeserver.callback.Keys}; whoever asks has
 * fetched these. Nothing here does I/O or reads a clock, and every comparison of secrets takes the same time.
 */
package dev.computeserver.callback;
