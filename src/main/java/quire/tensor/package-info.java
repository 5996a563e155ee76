/**
 * Floor 0: element types and row-major matrices over memory that somebody else owns, and the scalar
 * decoders of every block format. Imports nothing of Quire; any thread.
 */
package quire.tensor;
