/**
 * Floor 0: JSON Schemas become grammars. Seen by {@code grammar} and whoever sees that. Any thread.
 *
 * <p>A document's schemas ({@code SchemaDocument}) are turned into shapes ({@code Expansion}): for
 * each type of value a union of sets, closed under and, or and not. Values of properties and items
 * are goals ({@code Goals}), sets of schemas that are turned when something first needs them, and
 * each goal becomes a rule ({@code Emitter}).
 */
package quire.grammar.schema;
