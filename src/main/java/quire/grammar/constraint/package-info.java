/**
 * Floor 0: what a request wants its answer to be. The highest room of {@code grammar}: it knows
 * every way to say so, and nothing in {@code grammar} knows it.
 */
package quire.grammar.constraint;
