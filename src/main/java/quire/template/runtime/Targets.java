package quire.template.runtime;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import quire.template.TemplateException;
import quire.template.library.NamespaceObject;
import quire.template.syntax.Expr;
import quire.template.values.PyTypes;
import quire.template.values.Run;

/** What values are assigned to: names, attributes of namespaces, and tuples of them. */
final class Targets {

    private Targets() {}

    /** Assigns to a name, a namespace's attribute or a tuple of targets. */
    static void assign(Run run, Expr target, Object value, Activation here) {
        switch (target) {
            case Expr.Name name -> here.store(name.slot(), value);
            case Expr.NamespaceReference reference ->
                    namespace(reference, here).set(run, reference.attribute(), value);
            case Expr.TupleOf tuple -> unpack(run, tuple.items(), value, here);
            default -> throw new IllegalStateException("not a target: " + target.getClass());
        }
    }

    /** Fails early when a target is the attribute of something that is no namespace. */
    static void check(Expr target, Activation here) {
        switch (target) {
            case Expr.NamespaceReference reference -> namespace(reference, here);
            case Expr.TupleOf tuple -> tuple.items().forEach(item -> check(item, here));
            default -> {}
        }
    }

    private static NamespaceObject namespace(Expr.NamespaceReference reference, Activation here) {
        if (here.load(reference.namespace().slot()) instanceof NamespaceObject namespace) {
            return namespace;
        }
        throw TemplateException.runtime("cannot assign attribute on non-namespace object");
    }

    private static void unpack(Run run, List<Expr> targets, Object value, Activation here) {
        if (!PyTypes.iterable(value)) {
            throw TemplateException.type(
                    "cannot unpack non-iterable " + PyTypes.name(value) + " object");
        }
        Iterator<?> items = PyTypes.iterate(value);
        List<Object> values = new ArrayList<>();
        while (values.size() < targets.size() && items.hasNext()) {
            values.add(items.next());
        }
        if (values.size() < targets.size()) {
            throw TemplateException.value(
                    "not enough values to unpack (expected "
                            + targets.size()
                            + ", got "
                            + values.size()
                            + ")");
        }
        if (items.hasNext()) {
            throw TemplateException.value(
                    "too many values to unpack (expected " + targets.size() + ")");
        }
        for (int i = 0; i < targets.size(); i++) {
            assign(run, targets.get(i), values.get(i), here);
        }
    }
}
