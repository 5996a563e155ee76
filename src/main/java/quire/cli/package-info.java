/**
 * Floor 8: the command line. {@code quire serve} reads its {@link quire.settings.Settings} and
 * starts Quarkus; {@code quire run} talks with a model and {@code quire bench} measures the engine,
 * both without a server. Nobody imports it; main thread.
 */
package quire.cli;
