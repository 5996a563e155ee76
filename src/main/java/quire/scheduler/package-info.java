/**
 * Floor 3: who runs next. {@link quire.scheduler.Scheduler} turns waiting and running sequences
 * into steps and sampled tokens into progress. Pure and deterministic: no clock, no input or
 * output, no device. Imports {@code sequence}, {@code kvcache}, {@code error}; {@code engine} may
 * import it. Event loop only; a planned {@link quire.scheduler.Step} is lent to the {@code
 * quire-engine} thread until it is committed.
 */
package quire.scheduler;
