package quire.template.values;

import java.time.Clock;
import quire.template.TemplateException;
import quire.template.TemplateLimits;

/** What one render has used up so far, and its clock; one thread. */
public final class Run {

    private final TemplateLimits limits;
    private final Clock clock;
    private int line;
    private long steps;
    private int depth;

    public Run(TemplateLimits limits, Clock clock) {
        this.limits = limits;
        this.clock = clock;
    }

    public TemplateLimits limits() {
        return limits;
    }

    public Clock clock() {
        return clock;
    }

    /** The template's line that runs now. */
    public int line() {
        return line;
    }

    /** Says which line runs from here on. */
    public void at(int current) {
        line = current;
    }

    /** Counts work; bulk work counts by its size. */
    public void charge(long work) {
        steps += work;
        if (steps > limits.maxSteps()) {
            throw TemplateException.limit(
                    "the template took more than " + limits.maxSteps() + " steps");
        }
    }

    /** Counts one more level of nested evaluation; pair it with {@link #leave}. */
    public void enter() {
        if (++depth > limits.maxDepth()) {
            throw TemplateException.limit(
                    "evaluation nests more than " + limits.maxDepth() + " levels deep");
        }
    }

    public void leave() {
        depth--;
    }

    /** Checks the length of a string about to be made, and counts the work. */
    public void chars(long length) {
        if (length > limits.maxChars()) {
            throw TemplateException.limit(
                    "the template made a text of more than " + limits.maxChars() + " characters");
        }
        charge(1 + (length >> 3));
    }

    /** Checks the length of a list about to be made, and counts the work. */
    public void items(long length) {
        if (length > limits.maxItems()) {
            throw TemplateException.limit(
                    "the template made a list of more than " + limits.maxItems() + " items");
        }
        charge(1 + length);
    }
}
