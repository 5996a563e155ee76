package quire.template.values;

/** Something a template can call: our own functions and macros, never one of Java's. */
public interface PyCallable {

    /** What a function does. */
    interface Body {
        Object call(Run run, Arguments arguments);
    }

    Object call(Run run, Arguments arguments);

    /** The class name that Python shows. */
    String typeName();

    /** The callable as Python's repr shows it. */
    default String shown(Run run) {
        return "<" + typeName() + ">";
    }

    /** A named function of ours. */
    record Function(String name, String typeName, Body body) implements PyCallable {
        public static Function of(String name, Body body) {
            return new Function(name, "function", body);
        }

        @Override
        public Object call(Run run, Arguments arguments) {
            return body.call(run, arguments);
        }

        @Override
        public String shown(Run run) {
            return "<function " + name + ">";
        }
    }
}
