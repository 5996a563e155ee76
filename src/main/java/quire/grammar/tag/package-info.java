/**
 * Floor 0: text with structured regions in it, as structural tags describe it and as models call
 * tools. Seen by {@code grammar} and whoever sees that.
 */
package quire.grammar.tag;
