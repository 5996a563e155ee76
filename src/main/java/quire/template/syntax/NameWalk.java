package quire.template.syntax;

import java.util.List;
import quire.template.TemplateException;

/**
 * Visits every name of a part of the tree in the order in which it was written. Counts how deep the
 * tree is, so that what runs over it later cannot exhaust the stack.
 */
abstract class NameWalk {

    private final int maxDepth;
    private int depth;

    NameWalk(int maxDepth) {
        this.maxDepth = maxDepth;
    }

    abstract void load(Expr.Name name);

    abstract void store(Expr.Name name);

    final void statements(List<Stmt> body) {
        body.forEach(this::statement);
    }

    private void statement(Stmt statement) {
        switch (statement) {
            case Stmt.Data data -> {}
            case Stmt.Break stop -> {}
            case Stmt.Continue next -> {}
            case Stmt.Print print -> expression(print.value());
            case Stmt.If choice -> {
                for (Stmt.Branch branch : choice.branches()) {
                    expression(branch.test());
                    statements(branch.body());
                }
                statements(choice.otherwise());
            }
            case Stmt.For loop -> {
                target(loop.target());
                expression(loop.items());
                statements(loop.body());
                statements(loop.otherwise());
                optional(loop.filter());
            }
            case Stmt.Assign assign -> {
                target(assign.target());
                expression(assign.value());
            }
            case Stmt.AssignBlock assign -> {
                target(assign.target());
                optional(assign.filter());
                statements(assign.body());
            }
            case Stmt.MacroDefinition macro -> macro(macro.code());
            case Stmt.CallBlock call -> {
                expression(call.call());
                macro(call.code());
            }
            case Stmt.Generation generation -> macro(generation.code());
            case Stmt.FilterBlock filter -> {
                statements(filter.body());
                expression(filter.filter());
            }
            case Stmt.With with -> {
                with.targets().forEach(this::target);
                with.values().forEach(this::expression);
                statements(with.body());
            }
            case Stmt.Refused refused -> {}
        }
    }

    private void macro(Stmt.MacroCode code) {
        code.parameters().forEach(this::store);
        code.defaults().forEach(this::expression);
        statements(code.body());
    }

    final void target(Expr target) {
        switch (target) {
            case Expr.Name name -> store(name);
            case Expr.NamespaceReference reference -> load(reference.namespace());
            case Expr.TupleOf tuple -> tuple.items().forEach(this::target);
            default -> throw new IllegalStateException("not a target: " + target.getClass());
        }
    }

    final void optional(Expr expression) {
        if (expression != null) {
            expression(expression);
        }
    }

    final void expression(Expr expression) {
        if (++depth > maxDepth) {
            throw new TemplateException(
                    TemplateException.Kind.LIMIT,
                    "an expression is more than " + maxDepth + " operations deep",
                    expression.line());
        }
        switch (expression) {
            case Expr.Literal literal -> {}
            case Expr.Name name -> load(name);
            case Expr.NamespaceReference reference -> load(reference.namespace());
            case Expr.TupleOf tuple -> tuple.items().forEach(this::expression);
            case Expr.ListOf list -> list.items().forEach(this::expression);
            case Expr.DictOf dict -> {
                dict.keys().forEach(this::expression);
                dict.values().forEach(this::expression);
            }
            case Expr.Conditional choice -> {
                soft(choice);
            }
            case Expr.And and -> both(and.left(), and.right());
            case Expr.Or or -> both(or.left(), or.right());
            case Expr.Not not -> expression(not.operand());
            case Expr.Comparison comparison -> {
                expression(comparison.first());
                comparison.rest().forEach(operand -> expression(operand.value()));
            }
            case Expr.Binary binary -> both(binary.left(), binary.right());
            case Expr.Sign sign -> expression(sign.operand());
            case Expr.Concatenation items -> items.items().forEach(this::expression);
            case Expr.Attribute attribute -> expression(attribute.target());
            case Expr.Item item -> both(item.target(), item.key());
            case Expr.Slice slice -> {
                both(slice.target(), slice.start());
                both(slice.stop(), slice.step());
            }
            case Expr.Call call -> {
                expression(call.target());
                arguments(call.arguments());
            }
            case Expr.Filtered filtered -> {
                filter(filtered);
                optional(filtered.target());
                arguments(filtered.arguments());
            }
            case Expr.Tested tested -> {
                test(tested);
                expression(tested.target());
                arguments(tested.arguments());
            }
        }
        depth--;
    }

    /** A conditional expression: its parts may name filters that do not exist. */
    void soft(Expr.Conditional choice) {
        expression(choice.test());
        expression(choice.then());
        optional(choice.otherwise());
    }

    /** Called for each filter before its parts. */
    void filter(Expr.Filtered filtered) {}

    /** Called for each test before its parts. */
    void test(Expr.Tested tested) {}

    private void both(Expr left, Expr right) {
        expression(left);
        expression(right);
    }

    private void arguments(Expr.CallArguments arguments) {
        arguments.positional().forEach(this::expression);
        arguments.keywords().forEach(keyword -> expression(keyword.value()));
        optional(arguments.star());
        optional(arguments.doubleStar());
    }
}
