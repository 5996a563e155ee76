/**
 * Room 3 of {@code template}: the filters, tests and functions by name, those of Jinja2 and those
 * that transformers adds, and which of Jinja2's are refused. Imports {@code operations} and {@code
 * values}. The tables are constants; any thread.
 */
package quire.template.library;
