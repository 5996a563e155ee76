package quire.template.values;

/** A value with attributes of its own. */
public interface HasAttributes {

    /** The attribute, or MISSING. */
    Object attribute(Run run, String name);

    /** The class name that Python shows. */
    String typeName();

    /** The value as Python's repr shows it. */
    default String shown(Run run) {
        return "<" + typeName() + ">";
    }
}
