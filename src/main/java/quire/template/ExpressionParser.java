package quire.template;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import quire.template.Expr.CallArguments;
import quire.template.Expr.CompareOperator;
import quire.template.Expr.Literal;
import quire.template.Token.Type;

/** Recursive-descent parser of expressions, with Jinja2's precedences. */
final class ExpressionParser {

    private final TokenStream stream;

    ExpressionParser(TokenStream stream) {
        this.stream = stream;
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

    private boolean tupleEnds() {
        Token token = stream.current();
        return token.is(Type.VARIABLE_END) || token.is(Type.BLOCK_END) || token.isOperator(")");
    }

    /** What may be assigned to: a name, a namespace's attribute where allowed, or tuples of them. */
    Expr target(boolean namespaces) {
        int line = stream.current().line();
        List<Expr> items = new ArrayList<>();
        boolean isTuple = false;
        while (!tupleEnds()) {
            items.add(namespaces ? namespaceOrPrimary() : primary());
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
        return primary();
    }

    private static void checkAssignable(Expr target) {
        switch (target) {
            case Expr.Name name -> {}
            case Expr.NamespaceReference reference -> {}
            case Expr.TupleOf tuple -> tuple.items().forEach(ExpressionParser::checkAssignable);
            default -> throw TemplateException.syntax(
                    target.line(), "can't assign to " + Repr.quote(target.getClass()
                            .getSimpleName().toLowerCase(java.util.Locale.ROOT)));
        }
    }

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
            operator = switch (token.text()) {
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
            left = new Expr.Binary(
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
        while (stream.current().isOperator("*") || stream.current().isOperator("/")
                || stream.current().isOperator("//") || stream.current().isOperator("%")) {
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
        result = postfix(result);
        return withFilter ? filters(result) : result;
    }

    private Expr primary() {
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

    private Expr postfix(Expr start) {
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
            Expr start = stream.current().isOperator(":") ? none(line) : expression();
            if (stream.skipOperator(":")) {
                if (!keys.isEmpty()) {
                    throw stream.fail("a slice cannot be part of a tuple");
                }
                Expr stop = sliceEnds() ? none(line) : expression();
                boolean hasStep = stream.skipOperator(":") && !sliceEnds();
                Expr step = hasStep ? expression() : none(line);
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
                star = expression();
            } else if (stream.skipOperator("**")) {
                ensure(doubleStar == null, line);
                doubleStar = expression();
            } else if (stream.current().is(Type.NAME) && stream.look().isOperator("=")) {
                String name = stream.next().text();
                stream.next();
                ensure(doubleStar == null, line);
                if (!seen.add(name)) {
                    throw TemplateException.syntax(line, "keyword argument repeated: " + name);
                }
                keywords.add(new Expr.Keyword(name, expression()));
            } else {
                ensure(star == null && doubleStar == null && keywords.isEmpty(), line);
                positional.add(expression());
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

    private Expr filters(Expr start) {
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
            Expr argument = postfix(primary());
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
