/**
 * Floor 1: one sequence, that is one choice of one request, as the engine sees it: tokens,
 * progress, block table, what guides it, how it ended. Imports {@code sampling}; {@code kvcache},
 * {@code scheduler} and everybody above may import it. Owned by the event loop; from plan to commit
 * of a step the {@code quire-engine} thread may read the sequences of that step.
 */
package quire.sequence;
