/**
 * Floor 0: regular expressions as JSON Schema, Rust and Python write them become regular languages.
 * Seen by {@code grammar} and whoever sees that.
 */
package quire.grammar.regex;
