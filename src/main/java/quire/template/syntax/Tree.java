package quire.template.syntax;

import java.util.List;
import quire.template.TemplateException;
import quire.template.TemplateLimits;

/**
 * A template as it can be run: its statements, in which every name knows where it lives.
 *
 * @param body the statements
 * @param scope the variables of the template's own function
 * @param layout how many there are
 */
public record Tree(List<Stmt> body, Scope scope, Layout layout) {

    /**
     * The tree of a template.
     *
     * @throws TemplateException of kind SYNTAX or LIMIT
     */
    public static Tree of(String source, TemplateLimits limits) {
        List<Stmt> body = Parser.parse(source, limits);
        Scope scope = new Scope();
        return new Tree(body, scope, Binder.bind(body, scope, limits.maxDepth()));
    }
}
