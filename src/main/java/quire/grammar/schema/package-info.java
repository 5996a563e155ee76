/** Floor 0: JSON Schemas become grammars. Seen by {@code grammar} and whoever sees that. */
package quire.grammar.schema;
