/**
 * Floor 8: the command line. {@code quire serve} reads its {@link quire.settings.Settings} and
 * starts Quarkus; {@code quire bench} measures the engine without a server. Nobody imports it; main
 * thread.
 */
package quire.cli;
