package quire.template.syntax;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import quire.template.TemplateException;
import quire.template.TemplateLimits;
import quire.template.syntax.Token.Type;
import quire.template.values.Repr;

/** Parser of statements: Jinja2's own, loop controls and transformers' generation tag. */
final class Parser {

    private final TokenStream stream;
    private final ExpressionParser expressions;
    private final TargetParser targets;
    private final OtherTemplates otherTemplates;

    /** Tags that end a body now open, innermost last; error messages name them. */
    private final List<Set<String>> ends = new ArrayList<>();

    private Parser(TokenStream stream) {
        this.stream = stream;
        this.expressions = new ExpressionParser(stream);
        this.targets = new TargetParser(stream, expressions);
        this.otherTemplates = new OtherTemplates(stream, expressions, targets);
    }

    /**
     * The statements of a template.
     *
     * @throws TemplateException of kind SYNTAX or LIMIT
     */
    static List<Stmt> parse(String source, TemplateLimits limits) {
        Parser parser = new Parser(new TokenStream(Lexer.tokens(source), limits.maxNesting()));
        return parser.statements(Set.of());
    }

    /** Statements up to one of the end tags, which becomes the current token. */
    private List<Stmt> statements(Set<String> endTags) {
        List<Stmt> body = new ArrayList<>();
        ends.add(endTags);
        while (true) {
            Token token = stream.next();
            switch (token.type()) {
                case DATA -> body.add(new Stmt.Data(token.text(), token.line()));
                case VARIABLE_BEGIN -> {
                    body.add(new Stmt.Print(expressions.tuple(true, false), token.line()));
                    stream.expect(Type.VARIABLE_END);
                }
                case BLOCK_BEGIN -> {
                    Token tag = stream.current();
                    if (tag.is(Type.NAME) && endTags.contains(tag.text())) {
                        ends.removeLast();
                        return body;
                    }
                    body.addAll(statement());
                    stream.expect(Type.BLOCK_END);
                }
                case END -> {
                    if (!endTags.isEmpty()) {
                        throw stream.fail("Unexpected end of template." + looking());
                    }
                    return body;
                }
                default -> throw stream.fail("unexpected " + Repr.quote(token.describe()));
            }
        }
    }

    private String looking() {
        Set<String> innermost = ends.getLast();
        return innermost.isEmpty()
                ? ""
                : " Jinja was looking for the following tags: "
                        + innermost.stream()
                                .sorted()
                                .map(Repr::quote)
                                .collect(Collectors.joining(" or "))
                        + ".";
    }

    /** The body of a tag up to its end tag, which is stepped past. */
    private List<Stmt> body(String endTag) {
        List<Stmt> body = bodyUntil(Set.of(endTag));
        stream.next();
        return body;
    }

    private List<Stmt> bodyUntil(Set<String> endTags) {
        stream.skipOperator(":");
        stream.expect(Type.BLOCK_END);
        stream.enter();
        List<Stmt> body = statements(endTags);
        stream.leave();
        return body;
    }

    private List<Stmt> statement() {
        Token tag = stream.next();
        if (!tag.is(Type.NAME)) {
            throw TemplateException.syntax(tag.line(), "tag name expected");
        }
        int line = tag.line();
        return switch (tag.text()) {
            case "for" -> List.of(loop(line));
            case "if" -> List.of(branches(line));
            case "set" -> List.of(assignment(line));
            case "macro" -> List.of(macro(line));
            case "call" -> List.of(callBlock(line));
            case "generation" -> {
                Signature none = new Signature(List.of(), List.of());
                yield List.of(
                        new Stmt.Generation(none.with("generation", body("endgeneration")), line));
            }
            case "filter" -> {
                Expr.Filtered filter = filterChain(expressions.postfixes().filter(null));
                yield List.of(new Stmt.FilterBlock(filter, body("endfilter"), new Scope(), line));
            }
            case "with" -> List.of(with(line));
            case "autoescape" -> List.of(autoescape(line));
            case "print" -> print(line);
            case "break" -> List.of(new Stmt.Break(line));
            case "continue" -> List.of(new Stmt.Continue(line));
            case "block" ->
                    throw TemplateException.syntax(
                            line,
                            "the statement block is not offered: a chat template stands alone, and"
                                    + " no other one can fill it");
            case "include", "extends", "import", "from" ->
                    List.of(otherTemplates.refused(tag.text(), line));
            default ->
                    throw TemplateException.syntax(
                            line,
                            "Encountered unknown tag " + Repr.quote(tag.text()) + "." + looking());
        };
    }

    private Stmt loop(int line) {
        int start = stream.mark();
        Expr target = targets.target(false);
        stream.expectName("in");
        Expr items = expressions.tuple(false, false);
        Expr filter = null;
        Expr filterTarget = null;
        if (stream.skipName("if")) {
            filter = expressions.expression();
            int here = stream.mark();
            stream.reset(start);
            filterTarget = targets.target(false);
            stream.reset(here);
        }
        boolean recursive = stream.skipName("recursive");
        List<Stmt> body = bodyUntil(Set.of("endfor", "else"));
        List<Stmt> otherwise = List.of();
        if (stream.next().isName("else")) {
            otherwise = body("endfor");
        }
        return new Stmt.For(
                target,
                items,
                filterTarget,
                filter,
                recursive,
                body,
                otherwise,
                new Stmt.LoopScopes(),
                line);
    }

    private Stmt branches(int line) {
        List<Stmt.Branch> branches = new ArrayList<>();
        while (true) {
            Expr test = expressions.tuple(false, false);
            branches.add(new Stmt.Branch(test, bodyUntil(Set.of("elif", "else", "endif"))));
            Token end = stream.next();
            if (end.isName("elif")) {
                continue;
            }
            List<Stmt> otherwise = end.isName("else") ? body("endif") : List.of();
            return new Stmt.If(branches, otherwise, line);
        }
    }

    private Stmt assignment(int line) {
        Expr target = targets.target(true);
        if (stream.skipOperator("=")) {
            return new Stmt.Assign(target, expressions.tuple(true, false), line);
        }
        Expr filter = null;
        while (stream.skipOperator("|")) {
            filter = expressions.postfixes().filter(filter);
        }
        return new Stmt.AssignBlock(target, filter, body("endset"), new Scope(), line);
    }

    private Expr.Filtered filterChain(Expr.Filtered first) {
        Expr.Filtered chain = first;
        while (stream.skipOperator("|")) {
            chain = expressions.postfixes().filter(chain);
        }
        return chain;
    }

    private Stmt macro(int line) {
        Expr.Name target = targets.nameTarget();
        Signature signature = signature();
        return new Stmt.MacroDefinition(
                target, signature.with(target.name(), body("endmacro")), line);
    }

    /** Parameters of a macro; the defaults are those of the last ones. */
    private record Signature(List<Expr.Name> parameters, List<Expr> defaults) {
        Stmt.MacroCode with(String name, List<Stmt> body) {
            return new Stmt.MacroCode(name, parameters, defaults, body, new Stmt.MacroScopes());
        }
    }

    private Signature signature() {
        List<Expr.Name> parameters = new ArrayList<>();
        List<Expr> defaults = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        stream.expectOperator("(");
        while (!stream.current().isOperator(")")) {
            if (!parameters.isEmpty()) {
                stream.expectOperator(",");
            }
            Expr.Name parameter = targets.nameTarget();
            if (!seen.add(parameter.name())) {
                throw stream.fail(
                        "duplicate argument "
                                + Repr.quote(parameter.name())
                                + " in function definition");
            }
            if (stream.skipOperator("=")) {
                defaults.add(expressions.expression());
            } else if (!defaults.isEmpty()) {
                throw stream.fail("non-default argument follows default argument");
            }
            parameters.add(parameter);
        }
        stream.next();
        return new Signature(parameters, defaults);
    }

    private Stmt callBlock(int line) {
        Signature signature =
                stream.current().isOperator("(")
                        ? signature()
                        : new Signature(List.of(), List.of());
        if (!(expressions.expression() instanceof Expr.Call call)) {
            throw TemplateException.syntax(line, "expected call");
        }
        return new Stmt.CallBlock(signature.with("", body("endcall")), call, line);
    }

    private Stmt with(int line) {
        List<Expr> targets = new ArrayList<>();
        List<Expr> values = new ArrayList<>();
        while (!stream.current().is(Type.BLOCK_END)) {
            if (!targets.isEmpty()) {
                stream.expectOperator(",");
            }
            targets.add(this.targets.target(false));
            stream.expectOperator("=");
            values.add(expressions.expression());
        }
        return new Stmt.With(targets, values, body("endwith"), new Scope(), line);
    }

    private Stmt autoescape(int line) {
        Expr on = expressions.expression();
        if (!(on instanceof Expr.Literal literal) || !Boolean.FALSE.equals(literal.value())) {
            throw TemplateException.syntax(
                    line, "autoescape can only be false here: prompts are not HTML");
        }
        return new Stmt.With(List.of(), List.of(), body("endautoescape"), new Scope(), line);
    }

    private List<Stmt> print(int line) {
        List<Stmt> prints = new ArrayList<>();
        while (!stream.current().is(Type.BLOCK_END)) {
            if (!prints.isEmpty()) {
                stream.expectOperator(",");
            }
            prints.add(new Stmt.Print(expressions.expression(), line));
        }
        return prints;
    }
}
