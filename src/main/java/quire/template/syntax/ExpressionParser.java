package quire.template.syntax;

import java.util.ArrayList;
import java.util.List;
import quire.template.operations.Arithmetic;
import quire.template.syntax.Expr.CompareOperator;
import quire.template.syntax.Expr.Literal;
import quire.template.syntax.Token.Type;
import quire.template.values.Repr;

/** Recursive-descent parser of expressions, with Jinja2's precedences. */
final class ExpressionParser {

    private final TokenStream stream;
    private final PostfixParser postfixes;

    ExpressionParser(TokenStream stream) {
        this.stream = stream;
        this.postfixes = new PostfixParser(stream, this);
    }

    /** What follows operands: attributes, calls, filters, tests. */
    PostfixParser postfixes() {
        return postfixes;
    }

    /** One expression; {@code conditional} says whether {@code a if b} is taken as part of it. */
    Expr expression(boolean conditional) {
        stream.enter();
        Expr result = conditional ? conditional() : or();
        stream.leave();
        return result;
    }

    Expr expression() {
        return expression(true);
    }

    /** Expressions with commas between them, which are a tuple, or a single one. */
    Expr tuple(boolean conditional, boolean inParentheses) {
        int line = stream.current().line();
        List<Expr> items = new ArrayList<>();
        boolean isTuple = false;
        while (!tupleEnds()) {
            items.add(expression(conditional));
            if (!stream.skipOperator(",")) {
                break;
            }
            isTuple = true;
        }
        if (!isTuple && !items.isEmpty()) {
            return items.getFirst();
        }
        if (!isTuple && !inParentheses) {
            throw stream.fail(
                    "Expected an expression, got " + Repr.quote(stream.current().describe()));
        }
        return new Expr.TupleOf(items, line);
    }

    /** True where a tuple may end with a comma. */
    boolean tupleEnds() {
        Token token = stream.current();
        return token.is(Type.VARIABLE_END) || token.is(Type.BLOCK_END) || token.isOperator(")");
    }

    private Expr conditional() {
        int line = stream.current().line();
        Expr then = or();
        while (stream.skipName("if")) {
            Expr test = or();
            Expr otherwise = stream.skipName("else") ? expression() : null;
            then = new Expr.Conditional(test, then, otherwise, line);
            line = stream.current().line();
        }
        return then;
    }

    private Expr or() {
        Expr left = and();
        while (stream.current().isName("or")) {
            int line = stream.next().line();
            left = new Expr.Or(left, and(), line);
        }
        return left;
    }

    private Expr and() {
        Expr left = not();
        while (stream.current().isName("and")) {
            int line = stream.next().line();
            left = new Expr.And(left, not(), line);
        }
        return left;
    }

    private Expr not() {
        if (!stream.current().isName("not")) {
            return comparison();
        }
        int line = stream.next().line();
        stream.enter();
        Expr operand = not();
        stream.leave();
        return new Expr.Not(operand, line);
    }

    private Expr comparison() {
        int line = stream.current().line();
        Expr first = sum();
        List<Expr.Operand> rest = new ArrayList<>();
        for (CompareOperator op = compareOperator(); op != null; op = compareOperator()) {
            rest.add(new Expr.Operand(op, sum()));
        }
        return rest.isEmpty() ? first : new Expr.Comparison(first, rest, line);
    }

    /** Steps past a comparison operator; null when there is none. */
    private CompareOperator compareOperator() {
        Token token = stream.current();
        CompareOperator operator = null;
        if (token.is(Type.OPERATOR)) {
            operator =
                    switch (token.text()) {
                        case "==" -> CompareOperator.EQ;
                        case "!=" -> CompareOperator.NE;
                        case "<" -> CompareOperator.LT;
                        case "<=" -> CompareOperator.LE;
                        case ">" -> CompareOperator.GT;
                        case ">=" -> CompareOperator.GE;
                        default -> null;
                    };
        } else if (token.isName("in")) {
            operator = CompareOperator.IN;
        } else if (token.isName("not") && stream.look().isName("in")) {
            stream.next();
            operator = CompareOperator.NOT_IN;
        }
        if (operator != null) {
            stream.next();
        }
        return operator;
    }

    private Expr sum() {
        Expr left = concatenation();
        while (stream.current().isOperator("+") || stream.current().isOperator("-")) {
            Token operator = stream.next();
            left =
                    new Expr.Binary(
                            Arithmetic.of(operator.text()), left, concatenation(), operator.line());
        }
        return left;
    }

    private Expr concatenation() {
        int line = stream.current().line();
        Expr first = product();
        if (!stream.current().isOperator("~")) {
            return first;
        }
        List<Expr> items = new ArrayList<>(List.of(first));
        while (stream.skipOperator("~")) {
            items.add(product());
        }
        return new Expr.Concatenation(items, line);
    }

    private Expr product() {
        Expr left = power();
        while (stream.current().isOperator("*")
                || stream.current().isOperator("/")
                || stream.current().isOperator("//")
                || stream.current().isOperator("%")) {
            Token operator = stream.next();
            left = new Expr.Binary(Arithmetic.of(operator.text()), left, power(), operator.line());
        }
        return left;
    }

    private Expr power() {
        Expr left = unary(true);
        while (stream.current().isOperator("**")) {
            int line = stream.next().line();
            left = new Expr.Binary(Arithmetic.POWER, left, unary(true), line);
        }
        return left;
    }

    private Expr unary(boolean withFilter) {
        Token token = stream.current();
        Expr result;
        if (token.isOperator("-") || token.isOperator("+")) {
            stream.next();
            stream.enter();
            result = new Expr.Sign(token.isOperator("-"), unary(false), token.line());
            stream.leave();
        } else {
            result = primary();
        }
        result = postfixes.postfix(result);
        return withFilter ? postfixes.filters(result) : result;
    }

    /** A name, a literal or something in brackets. */
    Expr primary() {
        Token token = stream.current();
        switch (token.type()) {
            case NAME -> {
                stream.next();
                return switch (token.text()) {
                    case "true", "True" -> new Literal(true, token.line());
                    case "false", "False" -> new Literal(false, token.line());
                    case "none", "None" -> new Literal(null, token.line());
                    default -> new Expr.Name(token.text(), token.line());
                };
            }
            case STRING -> {
                StringBuilder text = new StringBuilder();
                while (stream.current().is(Type.STRING)) {
                    text.append(stream.next().text());
                }
                return new Literal(text.toString(), token.line());
            }
            case INTEGER, FLOAT -> {
                return new Literal(stream.next().value(), token.line());
            }
            default -> {}
        }
        if (stream.skipOperator("(")) {
            Expr inside = tuple(true, true);
            stream.expectOperator(")");
            return inside;
        }
        if (stream.skipOperator("[")) {
            return list(token.line());
        }
        if (stream.skipOperator("{")) {
            return dict(token.line());
        }
        throw stream.fail("unexpected " + Repr.quote(token.describe()));
    }

    private Expr list(int line) {
        List<Expr> items = new ArrayList<>();
        while (!stream.current().isOperator("]")) {
            items.add(expression());
            if (!stream.skipOperator(",")) {
                break;
            }
        }
        stream.expectOperator("]");
        return new Expr.ListOf(items, line);
    }

    private Expr dict(int line) {
        List<Expr> keys = new ArrayList<>();
        List<Expr> values = new ArrayList<>();
        while (!stream.current().isOperator("}")) {
            keys.add(expression());
            stream.expectOperator(":");
            values.add(expression());
            if (!stream.skipOperator(",")) {
                break;
            }
        }
        stream.expectOperator("}");
        return new Expr.DictOf(keys, values, line);
    }
}
