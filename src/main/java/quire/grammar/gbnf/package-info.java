/**
 * Floor 0: reads GBNF, the grammars of llama.cpp. Seen by {@code grammar} and whoever sees that.
 */
package quire.grammar.gbnf;
