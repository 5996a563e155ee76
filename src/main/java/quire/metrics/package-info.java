/**
 * Floor 6: an engine's figures as Micrometer's meters, those of the server's {@code /metrics} and
 * of a Java program's registry alike. Imports {@code engine} and below; without Micrometer on the
 * class path nothing here is loaded. Bound and scraped by any thread, told of events by the
 * engine's executor.
 */
package quire.metrics;
