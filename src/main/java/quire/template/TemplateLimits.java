package quire.template;

/**
 * What one template may use up; every limit that is reached is a {@link TemplateException} of kind
 * {@code LIMIT}.
 *
 * @param maxSourceChars length of a template's source
 * @param maxNesting how deeply brackets and statements may nest in the source
 * @param maxSteps evaluated nodes and loop turns of one render; bulk work (copies, joins, searches)
 *     counts by its size
 * @param maxDepth how deeply evaluation may nest, macro calls and nested values included; sized so
 *     that the default takes half a thread's stack of 1 MiB: a level took up to 1.04 KiB, and how
 *     much it takes is for the JIT compiler to say
 * @param maxChars length of the output and of every string made on the way
 * @param maxItems length of a range and of every list made on the way
 */
public record TemplateLimits(
        int maxSourceChars,
        int maxNesting,
        long maxSteps,
        int maxDepth,
        int maxChars,
        int maxItems) {

    /** Limits that no honest template comes near. */
    public static final TemplateLimits DEFAULT =
            new TemplateLimits(1 << 20, 100, 50_000_000L, 500, 1 << 23, 1 << 20);

    /**
     * Limits of a template that comes with a request: some milliseconds, for the longest
     * conversations a second.
     */
    public static final TemplateLimits REQUEST =
            new TemplateLimits(1 << 17, 100, 4_000_000L, 500, 1 << 22, 1 << 17);

    public TemplateLimits {
        if (maxSourceChars < 1
                || maxNesting < 1
                || maxSteps < 1
                || maxDepth < 1
                || maxChars < 1
                || maxItems < 1) {
            throw new IllegalArgumentException("every limit must be at least 1");
        }
    }
}
