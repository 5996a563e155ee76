package quire.template.library;

import java.util.LinkedHashMap;
import java.util.Map;
import quire.template.TemplateException;
import quire.template.TemplateException.Kind;
import quire.template.values.HasAttributes;
import quire.template.values.Missing;
import quire.template.values.PyDict;
import quire.template.values.Repr;
import quire.template.values.Run;

/** What {@code namespace()} makes: the one value that a template may change. */
public final class NamespaceObject implements HasAttributes {

    private final Map<String, Object> values = new LinkedHashMap<>();

    public void set(Run run, String name, Object value) {
        if (name.startsWith("_")) {
            throw new TemplateException(
                    Kind.SECURITY,
                    "Chat templates cannot store "
                            + "underscore-prefixed attributes on a namespace, but got "
                            + Repr.quote(name)
                            + ". Please rename the attribute.");
        }
        run.items(values.size() > run.limits().maxItems() ? values.size() : 0);
        values.put(name, value);
    }

    @Override
    public Object attribute(Run run, String name) {
        return values.getOrDefault(name, Missing.MISSING);
    }

    @Override
    public String typeName() {
        return "Namespace";
    }

    @Override
    public String shown(Run run) {
        PyDict dict = new PyDict();
        values.forEach((name, value) -> dict.put(run, name, value));
        return "<Namespace " + Repr.repr(run, dict) + ">";
    }
}
