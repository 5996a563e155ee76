/** Floor 0: reads Lark's grammars. Seen by {@code grammar} and whoever sees that. */
package quire.grammar.lark;
