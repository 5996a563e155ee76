/**
 * Floor 0: chat templates, rendered by our own Jinja engine with the semantics of Jinja2's
 * immutable sandbox as Hugging Face transformers configures it. Imports nothing of Quire; a
 * compiled template may be rendered by any number of threads at once.
 *
 * <p>A template's way: {@code Lexer} cuts the source into tokens, {@code Parser} and {@code
 * ExpressionParser} build the tree of {@code Stmt} and {@code Expr}, {@code Binder} gives every
 * name a slot, {@code Interpreter} runs the tree. Values are None, Boolean, Long, BigInteger,
 * Double, String and this package's own classes; a template cannot reach anything else of Java.
 */
package quire.template;
