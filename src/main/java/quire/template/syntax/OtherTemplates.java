package quire.template.syntax;

import java.util.ArrayList;
import java.util.List;

/**
 * Parser of the statements that name other templates. A chat template stands alone, but may hold
 * them where nothing reaches them.
 */
final class OtherTemplates {

    private final TokenStream stream;
    private final ExpressionParser expressions;
    private final TargetParser targets;

    OtherTemplates(TokenStream stream, ExpressionParser expressions, TargetParser targets) {
        this.stream = stream;
        this.expressions = expressions;
        this.targets = targets;
    }

    /** The statement after its tag, which is {@code include, extends, import} or {@code from}. */
    Stmt.Refused refused(String tag, int line) {
        expressions.expression();
        return switch (tag) {
            case "include" -> include(line);
            case "extends" -> refused("extend another one", List.of(), line);
            case "import" -> {
                stream.expectName("as");
                yield imports(List.of(targets.nameTarget()), line);
            }
            default -> {
                stream.expectName("import");
                yield imports(names(), line);
            }
        };
    }

    private Stmt.Refused include(int line) {
        if (stream.current().isName("ignore") && stream.look().isName("missing")) {
            stream.next();
            stream.next();
        }
        skipContext();
        return refused("include another one", List.of(), line);
    }

    private Stmt.Refused imports(List<Expr.Name> names, int line) {
        skipContext();
        return refused("import from another one", names, line);
    }

    private List<Expr.Name> names() {
        List<Expr.Name> names = new ArrayList<>();
        do {
            Expr.Name name = targets.nameTarget();
            names.add(stream.skipName("as") ? targets.nameTarget() : name);
        } while (stream.skipOperator(","));
        return names;
    }

    private void skipContext() {
        boolean given = stream.current().isName("with") || stream.current().isName("without");
        if (given && stream.look().isName("context")) {
            stream.next();
            stream.next();
        }
    }

    private static Stmt.Refused refused(String what, List<Expr.Name> stores, int line) {
        return new Stmt.Refused("a chat template stands alone: it cannot " + what, stores, line);
    }
}
