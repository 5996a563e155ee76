/**
 * Room 2 of {@code template}: what Python does with values: operators and comparisons, attributes,
 * items and slices, the methods of its built-in types, its ways to format. Imports {@code values}.
 * Functions without a state of their own; any thread.
 */
package quire.template.operations;
