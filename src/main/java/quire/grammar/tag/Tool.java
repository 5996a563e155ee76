package quire.grammar.tag;

/**
 * A tool that may be called.
 *
 * @param parameters a JSON Schema of its arguments as JSON text
 */
public record Tool(String name, String parameters) {}
