package quire.template.syntax;

import java.util.ArrayList;
import java.util.List;

/** Tells {@link Symbols} what one scope loads and stores, without going into the scopes inside. */
final class ScopeNames {

    private final int maxDepth;
    private Symbols symbols;
    private final NameWalk walk;

    ScopeNames(Symbols symbols, int maxDepth) {
        this.symbols = symbols;
        this.maxDepth = maxDepth;
        this.walk =
                new NameWalk(maxDepth) {
                    @Override
                    void load(Expr.Name name) {
                        ScopeNames.this.symbols.load(name.name());
                    }

                    @Override
                    void store(Expr.Name name) {
                        ScopeNames.this.symbols.store(name.name());
                    }
                };
    }

    void expression(Expr expression) {
        walk.optional(expression);
    }

    /** Names of a loop's or a with's target: set by whoever enters the scope. */
    void parameters(Expr target) {
        new NameWalk(maxDepth) {
            @Override
            void load(Expr.Name name) {
                symbols.load(name.name());
            }

            @Override
            void store(Expr.Name name) {
                symbols.parameter(name.name());
            }
        }.target(target);
    }

    void body(List<Stmt> body) {
        body.forEach(this::statement);
    }

    private void statement(Stmt statement) {
        switch (statement) {
            case Stmt.Data data -> {}
            case Stmt.Break stop -> {}
            case Stmt.Continue next -> {}
            case Stmt.Generation generation -> {}
            case Stmt.Print print -> expression(print.value());
            case Stmt.If choice -> choice(choice.branches(), choice.otherwise());
            case Stmt.For loop -> expression(loop.items());
            case Stmt.Assign assign -> {
                expression(assign.value());
                walk.target(assign.target());
            }
            case Stmt.AssignBlock assign -> walk.target(assign.target());
            case Stmt.MacroDefinition macro -> symbols.store(macro.target().name());
            case Stmt.CallBlock call -> expression(call.call());
            case Stmt.FilterBlock filter -> expression(filter.filter());
            case Stmt.With with -> with.values().forEach(this::expression);
            case Stmt.Refused refused -> refused.stores().forEach(n -> symbols.store(n.name()));
        }
    }

    /** An if with its elifs, each of which counts as an if inside the one before. */
    private void choice(List<Stmt.Branch> branches, List<Stmt> otherwise) {
        expression(branches.getFirst().test());
        Symbols original = symbols;
        List<Symbols> merged = new ArrayList<>();
        symbols = original.branch();
        body(branches.getFirst().body());
        merged.add(symbols);
        symbols = original.branch();
        for (Stmt.Branch branch : branches.subList(1, branches.size())) {
            choice(List.of(branch), List.of());
        }
        merged.add(symbols);
        symbols = original.branch();
        body(otherwise);
        merged.add(symbols);
        symbols = original;
        original.merge(merged);
    }
}
