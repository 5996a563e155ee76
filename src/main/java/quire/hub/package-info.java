/**
 * Floor 0: models by name. The protocol of the Hugging Face hub, the cache that Python's libraries
 * share, and downloads that go on where they were cut. Sees the errors and the JDK; prints nothing,
 * reads no flag. Whatever a hub sends is checked before it is used and cleaned before it is shown.
 * Any thread; a pull blocks the thread that asks for it, and an interrupt ends it.
 */
package quire.hub;
