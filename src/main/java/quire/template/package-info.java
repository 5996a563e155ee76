/**
 * Floor 0: chat templates, rendered by our own Jinja engine with the semantics of Jinja2's
 * immutable sandbox as Hugging Face transformers configures it. Imports nothing of Quire; a
 * compiled template may be rendered by any number of threads at once. Everybody else sees {@link
 * quire.template.ChatTemplate}, its limits and its exception, and nothing of the rooms behind them.
 *
 * <p>The rooms, each of which sees those before it: {@code values} is what templates compute with,
 * {@code operations} what Python does with them, {@code library} the filters, tests and functions
 * of Jinja2, {@code syntax} the way from the source to a tree in which every name has its place,
 * and {@code runtime} runs the tree.
 */
package quire.template;
