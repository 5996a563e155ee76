package quire.template.syntax;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import quire.template.TemplateException;
import quire.template.syntax.Expr.CallArguments;
import quire.template.syntax.Expr.Literal;
import quire.template.syntax.Token.Type;

/** Parser of what follows an operand: attributes, subscripts, calls, filters and tests. */
final class PostfixParser {

    private final TokenStream stream;
    private final ExpressionParser expressions;

    PostfixParser(TokenStream stream, ExpressionParser expressions) {
        this.stream = stream;
        this.expressions = expressions;
    }

    /** Attributes, subscripts and calls after an operand. */
    Expr postfix(Expr start) {
        Expr result = start;
        while (true) {
            Token token = stream.current();
            if (stream.skipOperator(".")) {
                result = attribute(result, token.line());
            } else if (stream.skipOperator("[")) {
                result = subscript(result, token.line());
            } else if (token.isOperator("(")) {
                result = new Expr.Call(result, arguments(), token.line());
            } else {
                return result;
            }
        }
    }

    private Expr attribute(Expr target, int line) {
        Token name = stream.next();
        if (name.is(Type.NAME)) {
            return new Expr.Attribute(target, name.text(), line);
        }
        if (!name.is(Type.INTEGER)) {
            throw TemplateException.syntax(name.line(), "expected name or number");
        }
        return new Expr.Item(target, new Literal(name.value(), name.line()), line);
    }

    private Expr subscript(Expr target, int line) {
        List<Expr> keys = new ArrayList<>();
        while (!stream.current().isOperator("]")) {
            if (!keys.isEmpty()) {
                stream.expectOperator(",");
            }
            Expr start = stream.current().isOperator(":") ? none(line) : expressions.expression();
            if (stream.skipOperator(":")) {
                if (!keys.isEmpty()) {
                    throw stream.fail("a slice cannot be part of a tuple");
                }
                Expr stop = sliceEnds() ? none(line) : expressions.expression();
                boolean hasStep = stream.skipOperator(":") && !sliceEnds();
                Expr step = hasStep ? expressions.expression() : none(line);
                stream.expectOperator("]");
                return new Expr.Slice(target, start, stop, step, line);
            }
            keys.add(start);
        }
        stream.expectOperator("]");
        return new Expr.Item(
                target, keys.size() == 1 ? keys.getFirst() : new Expr.TupleOf(keys, line), line);
    }

    private boolean sliceEnds() {
        Token token = stream.current();
        return token.isOperator(":") || token.isOperator("]") || token.isOperator(",");
    }

    private static Literal none(int line) {
        return new Literal(null, line);
    }

    /** The arguments of a call, parentheses included. */
    CallArguments arguments() {
        int line = stream.expectOperator("(").line();
        List<Expr> positional = new ArrayList<>();
        List<Expr.Keyword> keywords = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        Expr star = null;
        Expr doubleStar = null;
        while (!stream.current().isOperator(")")) {
            if (stream.skipOperator("*")) {
                ensure(star == null && doubleStar == null, line);
                star = expressions.expression();
            } else if (stream.skipOperator("**")) {
                ensure(doubleStar == null, line);
                doubleStar = expressions.expression();
            } else if (stream.current().is(Type.NAME) && stream.look().isOperator("=")) {
                String name = stream.next().text();
                stream.next();
                ensure(doubleStar == null, line);
                if (!seen.add(name)) {
                    throw TemplateException.syntax(line, "keyword argument repeated: " + name);
                }
                keywords.add(new Expr.Keyword(name, expressions.expression()));
            } else {
                ensure(star == null && doubleStar == null && keywords.isEmpty(), line);
                positional.add(expressions.expression());
            }
            if (!stream.current().isOperator(")")) {
                stream.expectOperator(",");
            }
        }
        stream.next();
        return new CallArguments(positional, keywords, star, doubleStar);
    }

    private static void ensure(boolean valid, int line) {
        if (!valid) {
            throw TemplateException.syntax(line, "invalid syntax for function call expression");
        }
    }

    /** Filters, tests and calls after an operand. */
    Expr filters(Expr start) {
        Expr result = start;
        while (true) {
            Token token = stream.current();
            if (stream.skipOperator("|")) {
                result = filter(result);
            } else if (token.isName("is")) {
                result = test(result);
            } else if (token.isOperator("(")) {
                result = new Expr.Call(result, arguments(), token.line());
            } else {
                return result;
            }
        }
    }

    /** A filter's name and arguments, after the bar; more filters may follow. */
    Expr.Filtered filter(Expr target) {
        int line = stream.current().line();
        String name = dottedName();
        CallArguments arguments =
                stream.current().isOperator("(") ? arguments() : CallArguments.NONE;
        return new Expr.Filtered(target, name, arguments, line);
    }

    private String dottedName() {
        StringBuilder name = new StringBuilder(stream.expect(Type.NAME).text());
        while (stream.skipOperator(".")) {
            name.append('.').append(stream.expect(Type.NAME).text());
        }
        return name.toString();
    }

    private Expr test(Expr target) {
        int line = stream.next().line();
        boolean negated = stream.skipName("not");
        String name = dottedName();
        Token token = stream.current();
        CallArguments arguments = CallArguments.NONE;
        if (token.isOperator("(")) {
            arguments = arguments();
        } else if (startsOperand(token)) {
            if (token.isName("is")) {
                throw stream.fail("You cannot chain multiple tests with is");
            }
            stream.enter();
            Expr argument = postfix(expressions.primary());
            stream.leave();
            arguments = new CallArguments(List.of(argument), List.of(), null, null);
        }
        Expr result = new Expr.Tested(target, name, arguments, line);
        return negated ? new Expr.Not(result, line) : result;
    }

    private static boolean startsOperand(Token token) {
        return switch (token.type()) {
            case NAME -> !token.isName("else") && !token.isName("or") && !token.isName("and");
            case STRING, INTEGER, FLOAT -> true;
            default -> token.isOperator("[") || token.isOperator("{");
        };
    }
}
