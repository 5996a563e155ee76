/**
 * Floor 0: shared libraries of this program as files that the system loads. Imports nothing of
 * Quire; any thread.
 */
package quire.natives;
