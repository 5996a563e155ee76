package quire.template.syntax;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import quire.template.TemplateException;
import quire.template.syntax.Token.Type;
import quire.template.values.Repr;

/** Parser of what a template can assign to. */
final class TargetParser {

    private final TokenStream stream;
    private final ExpressionParser expressions;

    TargetParser(TokenStream stream, ExpressionParser expressions) {
        this.stream = stream;
        this.expressions = expressions;
    }

    /**
     * What may be assigned to: a name, a namespace's attribute where allowed, or tuples of them.
     */
    Expr target(boolean namespaces) {
        int line = stream.current().line();
        List<Expr> items = new ArrayList<>();
        boolean isTuple = false;
        while (!expressions.tupleEnds()) {
            items.add(namespaces ? namespaceOrPrimary() : expressions.primary());
            if (!stream.skipOperator(",")) {
                break;
            }
            isTuple = true;
        }
        if (!isTuple && items.isEmpty()) {
            throw stream.fail(
                    "Expected an expression, got " + Repr.quote(stream.current().describe()));
        }
        Expr target = isTuple ? new Expr.TupleOf(items, line) : items.getFirst();
        checkAssignable(target);
        return target;
    }

    private Expr namespaceOrPrimary() {
        Token token = stream.current();
        if (token.is(Type.NAME) && stream.look().isOperator(".") && !constant(token.text())) {
            stream.next();
            stream.next();
            String attribute = stream.expect(Type.NAME).text();
            return new Expr.NamespaceReference(
                    new Expr.Name(token.text(), token.line()), attribute, token.line());
        }
        return expressions.primary();
    }

    private static void checkAssignable(Expr target) {
        switch (target) {
            case Expr.Name name -> {}
            case Expr.NamespaceReference reference -> {}
            case Expr.TupleOf tuple -> tuple.items().forEach(TargetParser::checkAssignable);
            default ->
                    throw TemplateException.syntax(
                            target.line(),
                            "can't assign to "
                                    + Repr.quote(
                                            target.getClass()
                                                    .getSimpleName()
                                                    .toLowerCase(Locale.ROOT)));
        }
    }

    /** A single name, as parameters and macros have it. */
    Expr.Name nameTarget() {
        Token token = stream.expect(Type.NAME);
        if (constant(token.text())) {
            throw TemplateException.syntax(token.line(), "can't assign to 'name'");
        }
        return new Expr.Name(token.text(), token.line());
    }

    private static boolean constant(String name) {
        return switch (name) {
            case "true", "false", "True", "False", "none", "None" -> true;
            default -> false;
        };
    }
}
