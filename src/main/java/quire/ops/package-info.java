/**
 * Floor 1: the operations that a decoder model is made of, and the data that they share. One
 * interface, {@link quire.ops.Ops}; backends live one floor up. Imports {@code tensor} and {@code
 * error}. Everything here runs on the {@code quire-engine} thread unless it says otherwise.
 */
package quire.ops;
