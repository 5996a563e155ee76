/**
 * Room 1 of {@code template}: the values of a template, which are None, Boolean, Long, BigInteger,
 * Double, String and the classes here; a template cannot reach anything else of Java. {@link
 * quire.template.values.Run} counts what one render has used up, and everything that makes a value
 * asks it first. Imports the limits and the exception alone. A value belongs to one render and its
 * thread, but for the constants of a compiled template.
 */
package quire.template.values;
