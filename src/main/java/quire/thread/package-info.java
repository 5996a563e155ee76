/** Floor 0: which thread may use what. Imports nothing of Quire; any thread. */
package quire.thread;
