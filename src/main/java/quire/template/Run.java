package quire.template;

import java.time.Clock;

/** What one render has used up so far, and its clock; one thread. */
final class Run {

    final TemplateLimits limits;
    final Clock clock;

    /** The template's line that runs now. */
    int line;

    private long steps;
    private int depth;

    Run(TemplateLimits limits, Clock clock) {
        this.limits = limits;
        this.clock = clock;
    }

    /** Counts work; bulk work counts by its size. */
    void charge(long work) {
        steps += work;
        if (steps > limits.maxSteps()) {
            throw TemplateException.limit(
                    "the template took more than " + limits.maxSteps() + " steps");
        }
    }

    /** Counts one more level of nested evaluation; pair it with {@link #leave}. */
    void enter() {
        if (++depth > limits.maxDepth()) {
            throw TemplateException.limit(
                    "evaluation nests more than " + limits.maxDepth() + " levels deep");
        }
    }

    void leave() {
        depth--;
    }

    /** Checks the length of a string about to be made, and counts the work. */
    void chars(long length) {
        if (length > limits.maxChars()) {
            throw TemplateException.limit(
                    "the template made a text of more than " + limits.maxChars() + " characters");
        }
        charge(1 + (length >> 3));
    }

    /** Checks the length of a list about to be made, and counts the work. */
    void items(long length) {
        if (length > limits.maxItems()) {
            throw TemplateException.limit(
                    "the template made a list of more than " + limits.maxItems() + " items");
        }
        charge(1 + length);
    }
}
