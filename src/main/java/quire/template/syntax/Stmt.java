package quire.template.syntax;

import java.util.List;

/**
 * Statements of a template's tree. The {@link Scope} and {@link Layout} parts start empty and are
 * filled by {@link Binder} before the template is published.
 */
public sealed interface Stmt {

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
        private final Scope body = new Scope();
        private final Scope otherwise = new Scope();
        private final Scope filter = new Scope();
        private final Layout filterLayout = new Layout();
        private final Layout recursiveLayout = new Layout();
        private Slot loop;

        void bindLoop(Slot place) {
            loop = place;
        }

        public Scope body() {
            return body;
        }

        public Scope otherwise() {
            return otherwise;
        }

        public Scope filter() {
            return filter;
        }

        public Layout filterLayout() {
            return filterLayout;
        }

        public Layout recursiveLayout() {
            return recursiveLayout;
        }

        /** Where {@code loop} lives, or null when the body does not mention it. */
        public Slot loop() {
            return loop;
        }
    }

    record Assign(Expr target, Expr value, int line) implements Stmt {}

    record AssignBlock(Expr target, Expr filter, List<Stmt> body, Scope scope, int line)
            implements Stmt {}

    record MacroDefinition(Expr.Name target, MacroCode code, int line) implements Stmt {}

    /** {@code {% call(parameters) call %}}. */
    record CallBlock(MacroCode code, Expr.Call call, int line) implements Stmt {}

    /** {@code {% generation %}}: prints its body, which runs as a macro's does. */
    record Generation(MacroCode code, int line) implements Stmt {}

    /**
     * A macro's parameters and body, as it was written.
     *
     * @param name empty for the body of a call block
     * @param defaults values of the last parameters
     */
    record MacroCode(
            String name,
            List<Expr.Name> parameters,
            List<Expr> defaults,
            List<Stmt> body,
            MacroScopes scopes) {

        /** True when one of the parameters has this name. */
        public boolean names(String parameter) {
            return parameters.stream().anyMatch(p -> p.name().equals(parameter));
        }
    }

    /** A macro's own function, and where the special names live that its body mentions. */
    final class MacroScopes {
        private final Scope scope = new Scope();
        private final Layout layout = new Layout();
        private boolean usesCaller;
        private Slot caller;
        private Slot kwargs;
        private Slot varargs;

        /** The body asks for its caller, as a parameter of its own if {@code place} is null. */
        void bindCaller(Slot place) {
            usesCaller = true;
            caller = place;
        }

        void bindKwargs(Slot place) {
            kwargs = place;
        }

        void bindVarargs(Slot place) {
            varargs = place;
        }

        public Scope scope() {
            return scope;
        }

        public Layout layout() {
            return layout;
        }

        public boolean usesCaller() {
            return usesCaller;
        }

        /** Null when the body does not ask for it, or it is a parameter. */
        public Slot caller() {
            return caller;
        }

        /** Null when the body does not mention it, or it is a parameter. */
        public Slot kwargs() {
            return kwargs;
        }

        /** Null when the body does not mention it, or it is a parameter. */
        public Slot varargs() {
            return varargs;
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
