package quire.template.syntax;

import java.util.List;
import quire.template.TemplateException;
import quire.template.library.Filters;
import quire.template.library.Tests;
import quire.template.values.Repr;

/** Gives every name of a template its slot and every scope its loads; fails on unknown filters. */
final class Binder {

    /** The place in the tree: its names, and what is special about it. */
    private record Frame(Symbols symbols, boolean soft, boolean inLoop) {
        Frame inner(Symbols inside) {
            return new Frame(inside, false, inLoop);
        }

        Frame function(Symbols inside) {
            return new Frame(inside, false, false);
        }

        Frame softened() {
            return new Frame(symbols, true, inLoop);
        }
    }

    private final int maxDepth;
    private final NameUses uses;

    private Binder(int maxDepth) {
        this.maxDepth = maxDepth;
        this.uses = new NameUses(maxDepth);
    }

    /**
     * Binds a whole template; returns what its root function needs.
     *
     * @throws TemplateException of kind SYNTAX or LIMIT
     */
    static Layout bind(List<Stmt> body, Scope scope, int maxDepth) {
        Layout layout = new Layout();
        Symbols symbols = Symbols.root(new Symbols.Function(null, layout));
        Binder binder = new Binder(maxDepth);
        binder.names(symbols).body(body);
        binder.body(body, new Frame(symbols, false, false));
        scope.fill(symbols.loads());
        return layout;
    }

    private ScopeNames names(Symbols symbols) {
        return new ScopeNames(symbols, maxDepth);
    }

    private void body(List<Stmt> body, Frame frame) {
        body.forEach(statement -> statement(statement, frame));
    }

    private void statement(Stmt statement, Frame frame) {
        switch (statement) {
            case Stmt.Data data -> {}
            case Stmt.Print print -> expression(print.value(), frame);
            case Stmt.If choice -> {
                Frame soft = frame.softened();
                for (Stmt.Branch branch : choice.branches()) {
                    expression(branch.test(), soft);
                    body(branch.body(), soft);
                }
                body(choice.otherwise(), soft);
            }
            case Stmt.For loop -> loop(loop, frame);
            case Stmt.Assign assign -> {
                expression(assign.value(), frame);
                target(assign.target(), frame);
            }
            case Stmt.AssignBlock assign -> {
                Symbols inside = frame.symbols().inner(frame.symbols().function());
                names(inside).body(assign.body());
                names(inside).expression(assign.filter());
                body(assign.body(), frame.inner(inside));
                optional(assign.filter(), frame.inner(inside));
                target(assign.target(), frame);
                assign.scope().fill(inside.loads());
            }
            case Stmt.MacroDefinition macro -> {
                macro(macro.code(), frame, macro.line());
                target(macro.target(), frame);
            }
            case Stmt.CallBlock call -> {
                macro(call.code(), frame, call.line());
                expression(call.call(), frame);
            }
            case Stmt.Generation generation -> macro(generation.code(), frame, generation.line());
            case Stmt.FilterBlock filter -> {
                Symbols inside = frame.symbols().inner(frame.symbols().function());
                names(inside).body(filter.body());
                names(inside).expression(filter.filter());
                body(filter.body(), frame.inner(inside));
                expression(filter.filter(), frame.inner(inside));
                filter.scope().fill(inside.loads());
            }
            case Stmt.With with -> with(with, frame);
            case Stmt.Break stop -> inLoop(frame, "break", stop.line());
            case Stmt.Continue next -> inLoop(frame, "continue", next.line());
            case Stmt.Refused refused -> {}
        }
    }

    private static void inLoop(Frame frame, String tag, int line) {
        if (!frame.inLoop()) {
            throw TemplateException.syntax(line, "'" + tag + "' outside loop");
        }
    }

    private void loop(Stmt.For loop, Frame frame) {
        Stmt.LoopScopes scopes = loop.scopes();
        uses.checkLoopIsNotStored(loop);
        Symbols around = frame.symbols();
        expression(loop.items(), frame);
        Symbols.Function function =
                loop.recursive()
                        ? new Symbols.Function(around.function(), scopes.recursiveLayout())
                        : around.function();
        Symbols inside = around.inner(function);
        if (loop.recursive() || uses.before("loop", loop.body())) {
            scopes.bindLoop(inside.parameter("loop"));
        }
        names(inside).parameters(loop.target());
        names(inside).body(loop.body());
        if (loop.filter() != null) {
            // The filter runs between the turns of the loop, in a function inside its own.
            Symbols filter = around.inner(new Symbols.Function(function, scopes.filterLayout()));
            names(filter).parameters(loop.filterTarget());
            names(filter).expression(loop.filter());
            target(loop.filterTarget(), frame.function(filter));
            expression(loop.filter(), frame.function(filter));
            scopes.filter().fill(filter.loads());
        }
        Frame turn = new Frame(inside, false, true);
        target(loop.target(), turn);
        body(loop.body(), turn);
        scopes.body().fill(inside.loads());
        Symbols otherwise = around.inner(function);
        names(otherwise).body(loop.otherwise());
        Frame after = new Frame(otherwise, false, !loop.recursive() && frame.inLoop());
        body(loop.otherwise(), after);
        scopes.otherwise().fill(otherwise.loads());
    }

    private void macro(Stmt.MacroCode code, Frame frame, int line) {
        Stmt.MacroScopes scopes = code.scopes();
        Symbols around = frame.symbols();
        Symbols inside = around.inner(new Symbols.Function(around.function(), scopes.layout()));
        code.parameters().forEach(parameter -> names(inside).parameters(parameter));
        code.defaults().forEach(value -> names(inside).expression(value));
        names(inside).body(code.body());
        if (uses.before("caller", code.body())) {
            checkCallerHasDefault(code, line);
            scopes.bindCaller(code.names("caller") ? null : inside.parameter("caller"));
        }
        if (uses.before("kwargs", code.body()) && !code.names("kwargs")) {
            scopes.bindKwargs(inside.parameter("kwargs"));
        }
        if (uses.before("varargs", code.body()) && !code.names("varargs")) {
            scopes.bindVarargs(inside.parameter("varargs"));
        }
        Frame body = frame.function(inside);
        code.parameters().forEach(parameter -> target(parameter, body));
        code.defaults().forEach(value -> expression(value, body));
        body(code.body(), body);
        scopes.scope().fill(inside.loads());
    }

    private static void checkCallerHasDefault(Stmt.MacroCode code, int line) {
        int at = code.parameters().stream().map(Expr.Name::name).toList().indexOf("caller");
        if (at >= 0 && at < code.parameters().size() - code.defaults().size()) {
            throw TemplateException.syntax(
                    line,
                    "When defining macros or call blocks the special \"caller\" argument must"
                            + " be omitted or be given a default.");
        }
    }

    private void with(Stmt.With with, Frame frame) {
        Symbols inside = frame.symbols().inner(frame.symbols().function());
        with.targets().forEach(target -> names(inside).parameters(target));
        names(inside).body(with.body());
        with.values().forEach(value -> expression(value, frame));
        Frame body = frame.inner(inside);
        with.targets().forEach(target -> target(target, body));
        body(with.body(), body);
        with.scope().fill(inside.loads());
    }

    private void target(Expr target, Frame frame) {
        switch (target) {
            case Expr.Name name -> name.bind(frame.symbols().slot(name.name()));
            case Expr.NamespaceReference reference -> expression(reference.namespace(), frame);
            case Expr.TupleOf tuple -> tuple.items().forEach(item -> target(item, frame));
            default -> throw new IllegalStateException("not a target: " + target.getClass());
        }
    }

    private void optional(Expr expression, Frame frame) {
        if (expression != null) {
            expression(expression, frame);
        }
    }

    private void expression(Expr expression, Frame frame) {
        new Resolution(frame).expression(expression);
    }

    /** Resolves the names of one expression and checks its filters and tests. */
    private final class Resolution extends NameWalk {
        private final Frame frame;
        private int conditionals;

        Resolution(Frame frame) {
            super(maxDepth);
            this.frame = frame;
        }

        @Override
        void load(Expr.Name name) {
            name.bind(frame.symbols().slot(name.name()));
        }

        @Override
        void store(Expr.Name name) {
            throw new IllegalStateException("an expression stores " + name.name());
        }

        @Override
        void soft(Expr.Conditional choice) {
            conditionals++;
            super.soft(choice);
            conditionals--;
        }

        @Override
        void filter(Expr.Filtered filtered) {
            String refusal = Filters.REFUSED.get(filtered.name());
            if (refusal != null) {
                throw TemplateException.syntax(filtered.line(), refusal);
            }
            check(
                    Filters.ALL.containsKey(filtered.name()),
                    "filter",
                    filtered.name(),
                    filtered.line());
        }

        @Override
        void test(Expr.Tested tested) {
            check(Tests.ALL.containsKey(tested.name()), "test", tested.name(), tested.line());
        }

        private void check(boolean known, String what, String name, int line) {
            if (!known && !frame.soft() && conditionals == 0) {
                throw TemplateException.syntax(
                        line, "No " + what + " named " + Repr.quote(name) + ".");
            }
        }
    }
}
