package quire.template.syntax;

import java.util.List;
import quire.template.TemplateException;
import quire.template.syntax.Token.Type;
import quire.template.values.Repr;

/** The tokens ahead of the parser. */
final class TokenStream {

    private final List<Token> tokens;
    private final int maxNesting;
    private int at;
    private int nesting;

    TokenStream(List<Token> tokens, int maxNesting) {
        this.tokens = tokens;
        this.maxNesting = maxNesting;
    }

    Token current() {
        return tokens.get(at);
    }

    /** The token after the current one. */
    Token look() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    /** Returns the current token and steps past it; the last one stays. */
    Token next() {
        Token token = current();
        if (!token.is(Type.END)) {
            at++;
        }
        return token;
    }

    /** Where the stream stands, for {@link #reset}. */
    int mark() {
        return at;
    }

    void reset(int mark) {
        at = mark;
    }

    boolean skipOperator(String operator) {
        boolean found = current().isOperator(operator);
        if (found) {
            next();
        }
        return found;
    }

    boolean skipName(String name) {
        boolean found = current().isName(name);
        if (found) {
            next();
        }
        return found;
    }

    Token expectOperator(String operator) {
        return expect(current().isOperator(operator), operator);
    }

    Token expectName(String name) {
        return expect(current().isName(name), name);
    }

    Token expect(Type type) {
        return expect(current().is(type), type.words());
    }

    private Token expect(boolean found, String wanted) {
        if (!found) {
            throw fail(
                    current().is(Type.END)
                            ? "unexpected end of template, expected '" + wanted + "'."
                            : "expected token '"
                                    + wanted
                                    + "', got "
                                    + Repr.quote(current().describe()));
        }
        return next();
    }

    TemplateException fail(String message) {
        return TemplateException.syntax(current().line(), message);
    }

    /** Counts one more level of recursion in the parser; pair it with {@link #leave}. */
    void enter() {
        if (++nesting > maxNesting) {
            throw new TemplateException(
                    TemplateException.Kind.LIMIT,
                    "the template nests more than " + maxNesting + " levels deep",
                    current().line());
        }
    }

    void leave() {
        nesting--;
    }
}
