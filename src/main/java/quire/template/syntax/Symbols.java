package quire.template.syntax;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The names of one scope and where they start from, found before anything runs. After Jinja2's
 * {@code idtracking}: which variable a name means is decided by what the whole scope does with it,
 * not by the order of running.
 */
final class Symbols {

    /** One function of the template: names of equal level share a variable in it. */
    static final class Function {
        final Function parent;
        final Layout layout;
        private final Map<String, Integer> places = new HashMap<>();

        Function(Function parent, Layout layout) {
            this.parent = parent;
            this.layout = layout;
        }

        private int place(int level, String name) {
            return places.computeIfAbsent(level + "_" + name, key -> layout.add());
        }
    }

    /** A variable: its function and its place there. */
    record Variable(Function function, int index) {}

    private record Load(Scope.Start start, String name, Variable source) {}

    private final Symbols parent;
    private final Function function;
    private final int level;
    private final Map<String, Variable> variables;
    private final Map<Variable, Load> loads;
    private final Set<String> stores;

    private Symbols(Symbols parent, Function function, int level, Symbols copied) {
        this.parent = parent;
        this.function = function;
        this.level = level;
        this.variables = copied == null ? new HashMap<>() : new HashMap<>(copied.variables);
        this.loads = copied == null ? new LinkedHashMap<>() : new LinkedHashMap<>(copied.loads);
        this.stores = copied == null ? new HashSet<>() : new HashSet<>(copied.stores);
    }

    static Symbols root(Function function) {
        return new Symbols(null, function, 0, null);
    }

    /** A scope inside this one, in the same function or one inside it. */
    Symbols inner(Function inside) {
        return new Symbols(this, inside, level + 1, null);
    }

    /** A copy that a branch may change; {@link #merge} brings branches together again. */
    Symbols branch() {
        return new Symbols(parent, function, level, this);
    }

    Function function() {
        return function;
    }

    private Variable find(String name) {
        for (Symbols symbols = this; symbols != null; symbols = symbols.parent) {
            Variable variable = symbols.variables.get(name);
            if (variable != null) {
                return variable;
            }
        }
        return null;
    }

    private Variable define(String name, Scope.Start start, Variable source) {
        Variable variable = new Variable(function, function.place(level, name));
        variables.put(name, variable);
        loads.put(variable, new Load(start, name, source));
        return variable;
    }

    void load(String name) {
        if (find(name) == null) {
            define(name, Scope.Start.RESOLVE, null);
        }
    }

    void store(String name) {
        stores.add(name);
        if (variables.containsKey(name)) {
            return;
        }
        Variable outer = parent == null ? null : parent.find(name);
        define(name, outer == null ? Scope.Start.UNDEFINED : Scope.Start.ALIAS, outer);
    }

    Slot parameter(String name) {
        stores.add(name);
        return slot(define(name, Scope.Start.PARAMETER, null));
    }

    void merge(List<Symbols> branches) {
        Set<String> stored = new TreeSet<>();
        branches.forEach(branch -> stored.addAll(branch.stores));
        stored.removeAll(stores);
        for (Symbols branch : branches) {
            variables.putAll(branch.variables);
            loads.putAll(branch.loads);
            stores.addAll(branch.stores);
        }
        for (String name : stored) {
            Variable outer = parent == null ? null : parent.find(name);
            Scope.Start start = outer == null ? Scope.Start.RESOLVE : Scope.Start.ALIAS;
            loads.put(find(name), new Load(start, name, outer));
        }
    }

    /** Where a name lives, seen from this scope's function; it must have been loaded or stored. */
    Slot slot(String name) {
        Variable variable = find(name);
        if (variable == null) {
            throw new IllegalStateException("nothing loads or stores " + name);
        }
        return slot(variable);
    }

    private Slot slot(Variable variable) {
        int hops = 0;
        for (Function f = function; f != variable.function(); f = f.parent) {
            hops++;
        }
        return new Slot(hops, variable.index());
    }

    /** What entering the scope does. */
    List<Scope.Load> loads() {
        List<Scope.Load> result = new ArrayList<>();
        loads.forEach(
                (variable, load) ->
                        result.add(
                                new Scope.Load(
                                        slot(variable),
                                        load.start(),
                                        load.name(),
                                        load.source() == null ? null : slot(load.source()))));
        return result;
    }
}
