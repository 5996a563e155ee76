package quire.template;

import java.util.List;

/**
 * Statements of a template's tree. The {@link Scope} and {@link Layout} parts start empty and are
 * filled by {@link Binder} before the template is published.
 */
sealed interface Stmt {

    /** The line in the template, from 1. */
    int line();

    record Data(String text, int line) implements Stmt {}

    record Print(Expr value, int line) implements Stmt {}

    record If(List<Branch> branches, List<Stmt> otherwise, int line) implements Stmt {}

    record Branch(Expr test, List<Stmt> body) {}

    /**
     * A loop. {@code filterTarget} is a second copy of the target for {@code filter}, which runs in
     * a function of its own; both are null without a filter.
     */
    record For(
            Expr target,
            Expr items,
            Expr filterTarget,
            Expr filter,
            boolean recursive,
            List<Stmt> body,
            List<Stmt> otherwise,
            LoopScopes scopes,
            int line)
            implements Stmt {}

    /** Scopes of a loop: its body, its else part, its filter, and its function when recursive. */
    final class LoopScopes {
        final Scope body = new Scope();
        final Scope otherwise = new Scope();
        final Scope filter = new Scope();
        final Layout filterLayout = new Layout();
        final Layout recursiveLayout = new Layout();

        /** Where {@code loop} lives, or null when the body does not mention it. */
        Slot loop;
    }

    record Assign(Expr target, Expr value, int line) implements Stmt {}

    record AssignBlock(Expr target, Expr filter, List<Stmt> body, Scope scope, int line)
            implements Stmt {}

    record MacroDefinition(Expr.Name target, MacroCode code, int line) implements Stmt {}

    /** {@code {% call(parameters) call %}}. */
    record CallBlock(MacroCode code, Expr.Call call, int line) implements Stmt {}

    /** {@code {% generation %}}: prints its body, which runs as a macro's does. */
    record Generation(MacroCode code, int line) implements Stmt {}

    /** A macro's parameters and body, as it was written. */
    final class MacroCode {
        final String name;
        final List<Expr.Name> parameters;

        /** Default values of the last parameters. */
        final List<Expr> defaults;

        final List<Stmt> body;
        final Scope scope = new Scope();
        final Layout layout = new Layout();

        /** Where the special names live that the body mentions; otherwise null. */
        Slot caller;

        Slot kwargs;
        Slot varargs;

        /** True when the body asks for its caller. */
        boolean usesCaller;

        MacroCode(String name, List<Expr.Name> parameters, List<Expr> defaults, List<Stmt> body) {
            this.name = name;
            this.parameters = parameters;
            this.defaults = defaults;
            this.body = body;
        }

        boolean namesCaller() {
            return parameters.stream().anyMatch(p -> p.name.equals("caller"));
        }
    }

    record FilterBlock(Expr.Filtered filter, List<Stmt> body, Scope scope, int line)
            implements Stmt {}

    record With(List<Expr> targets, List<Expr> values, List<Stmt> body, Scope scope, int line)
            implements Stmt {}

    record Break(int line) implements Stmt {}

    record Continue(int line) implements Stmt {}

    /** A statement that this engine knows and refuses when it is reached. */
    record Refused(String reason, List<Expr.Name> stores, int line) implements Stmt {}
}
