/**
 * Floor 4: from requests to text. The loop that plans, computes and hands out: scheduling state
 * belongs to the serial executor that drives it (an event loop or a thread), forward passes to the
 * {@code quire-engine} thread, grammars to threads of theirs. Knows nothing of files, flags or
 * which backend computes.
 */
package quire.generation;
