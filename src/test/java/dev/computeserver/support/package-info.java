/** What tests share: real servers, one of each a run; a whole node; a scripted provider; a bad network; waits without sleeps. */
package dev.computeserver.support;
