package quire.template.syntax;

import java.util.List;
import quire.template.TemplateException;

/** Questions about names that concern a body with all that lies in it. */
final class NameUses {

    private final int maxDepth;

    NameUses(int maxDepth) {
        this.maxDepth = maxDepth;
    }

    /** Fails when a loop's target or body assigns to the name {@code loop}. */
    void checkLoopIsNotStored(Stmt.For loop) {
        NameWalk check =
                new NameWalk(maxDepth) {
                    @Override
                    void load(Expr.Name name) {}

                    @Override
                    void store(Expr.Name name) {
                        if (name.name().equals("loop")) {
                            throw TemplateException.syntax(
                                    name.line(),
                                    "Can't assign to special loop variable in for-loop target");
                        }
                    }
                };
        check.target(loop.target());
        check.statements(loop.body());
        check.statements(loop.otherwise());
    }

    /** True when a body reads a name before it sets it. */
    boolean before(String wanted, List<Stmt> body) {
        boolean[] state = new boolean[2];
        new NameWalk(maxDepth) {
            @Override
            void load(Expr.Name name) {
                state[0] |= name.name().equals(wanted) && !state[1];
            }

            @Override
            void store(Expr.Name name) {
                state[1] |= name.name().equals(wanted);
            }
        }.statements(body);
        return state[0];
    }
}
