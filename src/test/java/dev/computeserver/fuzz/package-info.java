/**
 * Programs that send a whole node what nobody should send it, by a seed: {@link dev.computeserver.fuzz.Fuzz} changes good requests,
 * frames, replies and callbacks a little, {@link dev.computeserver.fuzz.MaliciousProvider} answers as no provider may. Both print what
 * they counted and end with 1 where something went wrong; a failing case is made as small as it can be first.
 */
package dev.computeserver.fuzz;
