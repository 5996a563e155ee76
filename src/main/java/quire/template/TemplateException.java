package quire.template;

/**
 * A template that cannot be compiled or rendered; the only exception this package throws for a bad
 * template or bad data.
 */
public final class TemplateException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** What went wrong, after Python's exception classes. */
    public enum Kind {
        /** The source is no template: found while compiling. */
        SYNTAX,
        /** The template itself refused the conversation with {@code raise_exception(message)}. */
        RAISED,
        /** An undefined value was used. */
        UNDEFINED,
        /** An operation met a value of the wrong type. */
        TYPE,
        /** An operation met a value of the right type but out of its range. */
        VALUE,
        /** A key or an index that is not there. */
        LOOKUP,
        /** Division by zero or a number out of range. */
        ARITHMETIC,
        /** The sandbox refused the operation. */
        SECURITY,
        /** Any other misuse of the template language. */
        RUNTIME,
        /** One of {@link TemplateLimits} was reached. */
        LIMIT
    }

    private final Kind kind;
    private final int line;

    public TemplateException(Kind kind, String message) {
        this(kind, message, 0);
    }

    public TemplateException(Kind kind, String message, int line) {
        // Without a stack trace: the line in the template is what a reader needs.
        super(message, null, false, false);
        this.kind = kind;
        this.line = line;
    }

    /** What went wrong. */
    public Kind kind() {
        return kind;
    }

    /** The template's line, counted from 1, or 0 when it is not known. */
    public int line() {
        return line;
    }

    /** True when the template refused the conversation on purpose: the message is for the user. */
    public boolean raisedByTemplate() {
        return kind == Kind.RAISED;
    }

    TemplateException at(int knownLine) {
        return line > 0 ? this : new TemplateException(kind, getMessage(), knownLine);
    }

    public static TemplateException syntax(int line, String message) {
        return new TemplateException(Kind.SYNTAX, message, line);
    }

    public static TemplateException type(String message) {
        return new TemplateException(Kind.TYPE, message);
    }

    public static TemplateException value(String message) {
        return new TemplateException(Kind.VALUE, message);
    }

    public static TemplateException arithmetic(String message) {
        return new TemplateException(Kind.ARITHMETIC, message);
    }

    public static TemplateException runtime(String message) {
        return new TemplateException(Kind.RUNTIME, message);
    }

    public static TemplateException limit(String message) {
        return new TemplateException(Kind.LIMIT, message);
    }
}
