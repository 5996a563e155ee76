package quire.template;

import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import quire.template.runtime.Interpreter;
import quire.template.syntax.Tree;
import quire.template.values.JavaValues;
import quire.template.values.Run;

/**
 * A chat template, compiled once and rendered often: Jinja with {@code trim_blocks}, {@code
 * lstrip_blocks}, loop controls, the generation tag and the filters and functions that Hugging Face
 * transformers adds. Immutable and safe for any number of threads.
 */
public final class ChatTemplate {

    private final String source;
    private final Tree tree;
    private final TemplateLimits limits;
    private final Clock clock;

    private ChatTemplate(String source, Tree tree, TemplateLimits limits, Clock clock) {
        this.source = source;
        this.tree = tree;
        this.limits = limits;
        this.clock = clock;
    }

    /** Compiles a template with the usual limits and the system's clock. */
    public static ChatTemplate compile(String source) {
        return compile(source, TemplateLimits.DEFAULT, Clock.systemDefaultZone());
    }

    /**
     * Compiles a template.
     *
     * @param source the Jinja source
     * @param limits what compiling and each render may use up
     * @param clock answers {@code strftime_now}
     * @throws TemplateException of kind SYNTAX or LIMIT
     */
    public static ChatTemplate compile(String source, TemplateLimits limits, Clock clock) {
        if (source.length() > limits.maxSourceChars()) {
            throw TemplateException.limit(
                    "the template has "
                            + source.length()
                            + " characters; at most "
                            + limits.maxSourceChars()
                            + " are allowed");
        }
        try {
            return new ChatTemplate(source, Tree.of(source, limits), limits, clock);
        } catch (StackOverflowError e) {
            throw tooDeep();
        }
    }

    /**
     * Renders the template; does not modify the variables.
     *
     * @param variables what the template sees, such as {@code messages}, {@code tools} and {@code
     *     add_generation_prompt}: null, Boolean, Number, String, and lists and maps of them
     * @return the prompt
     * @throws TemplateException of kind RAISED where the template calls {@code raise_exception}; of
     *     another kind where Jinja2 would fail or a limit is reached
     */
    public String render(Map<String, ?> variables) {
        Run run = new Run(limits, clock);
        try {
            Map<String, Object> values = new HashMap<>();
            variables.forEach((name, value) -> values.put(name, JavaValues.toPython(run, value)));
            return Interpreter.render(run, tree, values);
        } catch (TemplateException e) {
            throw e.at(run.line());
        } catch (StackOverflowError e) {
            // The limit on depth is made for the usual stack; a caller's may be nearly used up.
            throw tooDeep();
        }
    }

    /** The text that was compiled. */
    public String source() {
        return source;
    }

    private static TemplateException tooDeep() {
        return TemplateException.limit("the template nests too deeply for the thread's stack");
    }
}
