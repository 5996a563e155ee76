/**
 * Floor 0: the errors that reach a user, each a finished sentence. Imports nothing of Quire; any
 * thread.
 */
package quire.error;
