/** What tests share: real servers, one of each a run; a whole node; a scripted provider. */
package dev.computeserver.support;
