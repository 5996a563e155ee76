package quire.template.operations;

import quire.template.values.Arguments;
import quire.template.values.PyCallable;
import quire.template.values.PyTypes;
import quire.template.values.Run;

/** A method of one of Python's built-in types. */
interface Method {

    Object call(Run run, Object self, Arguments arguments);

    /** A method together with the value it was taken from. */
    final class Bound implements PyCallable {
        private final Object self;
        private final String name;
        private final Method method;

        Bound(Object self, String name, Method method) {
            this.self = self;
            this.name = name;
            this.method = method;
        }

        @Override
        public Object call(Run run, Arguments arguments) {
            return method.call(run, self, arguments);
        }

        @Override
        public String typeName() {
            return "builtin_function_or_method";
        }

        @Override
        public String shown(Run run) {
            return "<built-in method " + name + " of " + PyTypes.name(self) + " object>";
        }
    }
}
