package quire.template.values;

import quire.template.TemplateException;
import quire.template.TemplateException.Kind;

/**
 * Jinja2's default undefined value: prints as nothing, iterates as nothing, is false, and fails
 * with its message when anything else is done with it.
 *
 * @param owner what the attribute or item was looked for in, MISSING for a variable
 * @param name the name or key that is not there
 * @param hint the whole message when it is not made from the two, otherwise the empty string
 * @param unsafe true when the sandbox hides something that is there
 */
public record Undefined(Object owner, Object name, String hint, boolean unsafe) {

    public static Undefined variable(String name) {
        return new Undefined(Missing.MISSING, name, "", false);
    }

    public static Undefined of(Object owner, Object name) {
        return new Undefined(owner, name, "", false);
    }

    public static Undefined because(String hint) {
        return new Undefined(Missing.MISSING, "", hint, false);
    }

    public static Undefined unsafe(Object owner, String name) {
        String hint =
                "access to attribute "
                        + Repr.quote(name)
                        + " of "
                        + Repr.quote(PyTypes.name(owner))
                        + " object is unsafe.";
        return new Undefined(owner, name, hint, true);
    }

    /** The exception for using the value. */
    public TemplateException failure(Run run) {
        return new TemplateException(unsafe ? Kind.SECURITY : Kind.UNDEFINED, message(run));
    }

    private String message(Run run) {
        if (!hint.isEmpty()) {
            return hint;
        }
        if (owner == Missing.MISSING) {
            return Repr.repr(run, name) + " is undefined";
        }
        String kind = owner == null ? "None" : PyTypes.name(owner) + " object";
        return Strings.is(name)
                ? "'" + kind + "' has no attribute " + Repr.repr(run, name)
                : kind + " has no element " + Repr.repr(run, name);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Undefined;
    }

    @Override
    public int hashCode() {
        return 0;
    }
}
