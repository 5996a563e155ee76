package quire.template.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import quire.template.TemplateException;
import quire.template.syntax.Expr;
import quire.template.syntax.Stmt;
import quire.template.values.Arguments;
import quire.template.values.HasAttributes;
import quire.template.values.Missing;
import quire.template.values.PyCallable;
import quire.template.values.PyDict;
import quire.template.values.PySequence.PyTuple;
import quire.template.values.Repr;
import quire.template.values.Run;
import quire.template.values.Undefined;

/** A macro or the body of a call block, together with the variables around it. */
final class Macro implements PyCallable, HasAttributes {

    private final Interpreter interpreter;
    private final Stmt.MacroCode code;
    private final Activation closure;

    Macro(Interpreter interpreter, Stmt.MacroCode code, Activation closure) {
        this.interpreter = interpreter;
        this.code = code;
        this.closure = closure;
    }

    @Override
    public Object call(Run run, Arguments arguments) {
        Stmt.MacroScopes scopes = code.scopes();
        int count = code.parameters().size();
        List<Object> given = arguments.positional();
        Map<String, Object> keywords = arguments.keywordCopy();
        List<Object> values = new ArrayList<>(given.subList(0, Math.min(count, given.size())));
        boolean foundCaller = values.size() == count && code.names("caller");
        for (int i = values.size(); i < count; i++) {
            String name = code.parameters().get(i).name();
            foundCaller |= name.equals("caller");
            values.add(keywords.containsKey(name) ? keywords.remove(name) : Missing.MISSING);
        }
        Activation here = new Activation(scopes.layout(), closure.context(), closure);
        if (scopes.usesCaller() && !foundCaller) {
            if (scopes.caller() == null) {
                // Its parameter has a value by position already.
                throw tooMany(count);
            }
            here.store(scopes.caller(), caller(keywords));
        }
        if (scopes.kwargs() != null) {
            PyDict rest = new PyDict();
            keywords.forEach((name, value) -> rest.put(run, name, value));
            here.store(scopes.kwargs(), rest);
        } else if (!keywords.isEmpty()) {
            throw TemplateException.type(
                    keywords.containsKey("caller")
                            ? "macro "
                                    + shownName()
                                    + " was invoked with two values for the special "
                                    + "caller argument. This is most likely a bug."
                            : "macro "
                                    + shownName()
                                    + " takes no keyword argument "
                                    + Repr.quote(keywords.keySet().iterator().next()));
        }
        if (scopes.varargs() != null) {
            List<Object> rest = given.subList(Math.min(count, given.size()), given.size());
            here.store(scopes.varargs(), new PyTuple(rest, List.of()));
        } else if (given.size() > count) {
            throw tooMany(count);
        }
        return interpreter.macro(code, values, here);
    }

    /** The caller that a call block gave, or the undefined value that complains of it. */
    private Object caller(Map<String, Object> keywords) {
        Object caller = keywords.remove("caller");
        return caller == null ? Undefined.because("No caller defined") : caller;
    }

    private TemplateException tooMany(int most) {
        return TemplateException.type(
                "macro " + shownName() + " takes not more than " + most + " argument(s)");
    }

    private String shownName() {
        return code.name().isEmpty() ? "None" : Repr.quote(code.name());
    }

    @Override
    public Object attribute(Run run, String name) {
        return switch (name) {
            case "name" -> code.name().isEmpty() ? null : code.name();
            case "arguments" ->
                    new PyTuple(
                            List.copyOf(code.parameters().stream().map(Expr.Name::name).toList()),
                            List.of());
            case "catch_kwargs" -> code.scopes().kwargs() != null;
            case "catch_varargs" -> code.scopes().varargs() != null;
            case "caller" -> code.scopes().usesCaller();
            case "explicit_caller" -> code.names("caller");
            default -> Missing.MISSING;
        };
    }

    @Override
    public String typeName() {
        return "Macro";
    }

    @Override
    public String shown(Run run) {
        return "<Macro " + (code.name().isEmpty() ? "anonymous" : shownName()) + ">";
    }
}
