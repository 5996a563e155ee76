/**
 * Floor 0: rules of a grammar as texts have them, and how they become a grammar. Seen by {@code
 * grammar} and whoever sees that.
 */
package quire.grammar.rules;
