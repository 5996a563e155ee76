package quire.template.runtime;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import quire.template.TemplateException;
import quire.template.syntax.Expr;
import quire.template.syntax.Stmt;
import quire.template.syntax.Tree;
import quire.template.values.Arguments;
import quire.template.values.Missing;
import quire.template.values.PyIterator;
import quire.template.values.PyTypes;
import quire.template.values.Repr;
import quire.template.values.Run;
import quire.template.values.Text;
import quire.template.values.Undefined;

/** Runs a template's statements; one render, one thread. */
public final class Interpreter {

    /** How a statement ended. */
    private enum Flow {
        NORMAL,
        BREAK,
        CONTINUE
    }

    private final Run run;
    private final Evaluator evaluator;
    private Text out;

    private Interpreter(Run run) {
        this.run = run;
        this.evaluator = new Evaluator(run);
        this.out = new Text(run);
    }

    /** The text that a whole template renders to. */
    public static String render(Run run, Tree tree, Map<String, Object> variables) {
        Interpreter interpreter = new Interpreter(run);
        Activation root = new Activation(tree.layout(), new Context(variables), null);
        root.enter(tree.scope());
        interpreter.body(tree.body(), root);
        return interpreter.out.toString();
    }

    private Flow body(List<Stmt> body, Activation here) {
        for (Stmt statement : body) {
            Flow flow = statement(statement, here);
            if (flow != Flow.NORMAL) {
                return flow;
            }
        }
        return Flow.NORMAL;
    }

    private Flow statement(Stmt statement, Activation here) {
        run.enter();
        run.charge(1);
        run.at(statement.line());
        Flow flow =
                switch (statement) {
                    case Stmt.If choice -> choose(choice, here);
                    case Stmt.For loop -> loop(loop, here);
                    case Stmt.With with -> with(with, here);
                    case Stmt.FilterBlock filter -> filter(filter, here);
                    case Stmt.AssignBlock assign -> assignBlock(assign, here);
                    case Stmt.Break stop -> Flow.BREAK;
                    case Stmt.Continue next -> Flow.CONTINUE;
                    case Stmt.Data data -> {
                        out.append(data.text());
                        yield Flow.NORMAL;
                    }
                    case Stmt.Print print -> {
                        out.append(Repr.str(run, evaluator.evaluate(print.value(), here)));
                        yield Flow.NORMAL;
                    }
                    case Stmt.Assign assign -> {
                        Targets.check(assign.target(), here);
                        Targets.assign(
                                run,
                                assign.target(),
                                evaluator.evaluate(assign.value(), here),
                                here);
                        yield Flow.NORMAL;
                    }
                    case Stmt.MacroDefinition macro -> {
                        Targets.assign(
                                run, macro.target(), new Macro(this, macro.code(), here), here);
                        yield Flow.NORMAL;
                    }
                    case Stmt.CallBlock call -> {
                        callBlock(call, here);
                        yield Flow.NORMAL;
                    }
                    case Stmt.Generation generation -> {
                        out.append(
                                Repr.str(
                                        run,
                                        new Macro(this, generation.code(), here)
                                                .call(run, Arguments.NONE)));
                        yield Flow.NORMAL;
                    }
                    case Stmt.Refused refused -> throw TemplateException.runtime(refused.reason());
                };
        run.leave();
        return flow;
    }

    private Flow choose(Stmt.If choice, Activation here) {
        for (Stmt.Branch branch : choice.branches()) {
            if (PyTypes.truth(run, evaluator.evaluate(branch.test(), here))) {
                return body(branch.body(), here);
            }
        }
        return body(choice.otherwise(), here);
    }

    private Flow loop(Stmt.For loop, Activation here) {
        Object items = evaluator.evaluate(loop.items(), here);
        if (!loop.recursive()) {
            return turns(loop, here, new LoopObject(source(loop, here, items), null, 0));
        }
        out.append(recursion(loop, here, items, 0));
        return Flow.NORMAL;
    }

    private String recursion(Stmt.For loop, Activation around, Object items, int depth) {
        Activation here = new Activation(loop.scopes().recursiveLayout(), around.context(), around);
        Text outer = out;
        out = new Text(run);
        turns(
                loop,
                here,
                new LoopObject(
                        source(loop, here, items),
                        (inner, innerDepth) -> recursion(loop, around, inner, innerDepth),
                        depth));
        String text = out.toString();
        out = outer;
        return text;
    }

    private Flow turns(Stmt.For loop, Activation here, LoopObject object) {
        Stmt.LoopScopes scopes = loop.scopes();
        // A turn that ends in break or continue does not count for the else part.
        boolean complete = false;
        while (object.hasNext()) {
            run.charge(1);
            Targets.assign(run, loop.target(), object.next(), here);
            if (scopes.loop() != null) {
                here.store(scopes.loop(), object);
            }
            here.enter(scopes.body());
            Flow flow = body(loop.body(), here);
            if (flow == Flow.BREAK) {
                break;
            }
            complete |= flow == Flow.NORMAL;
        }
        if (!loop.recursive() || !loop.otherwise().isEmpty()) {
            here.leave(scopes.body());
        }
        if (complete || loop.otherwise().isEmpty()) {
            return Flow.NORMAL;
        }
        here.enter(scopes.otherwise());
        Flow flow = body(loop.otherwise(), here);
        here.leave(scopes.otherwise());
        return flow;
    }

    /** The items of a loop; with a filter a generator, which works as the loop turns. */
    private Object source(Stmt.For loop, Activation around, Object items) {
        if (loop.filter() == null) {
            return items;
        }
        Iterator<?> all = PyTypes.iterate(items);
        Activation here = new Activation(loop.scopes().filterLayout(), around.context(), around);
        return PyIterator.generator(
                run,
                items,
                new Iterator<>() {
                    private boolean started;
                    private Object next = Missing.MISSING;

                    @Override
                    public boolean hasNext() {
                        if (!started) {
                            here.enter(loop.scopes().filter());
                            started = true;
                        }
                        while (next == Missing.MISSING && all.hasNext()) {
                            run.charge(1);
                            Object item = all.next();
                            Targets.assign(run, loop.filterTarget(), item, here);
                            if (PyTypes.truth(run, evaluator.evaluate(loop.filter(), here))) {
                                next = item;
                            }
                        }
                        return next != Missing.MISSING;
                    }

                    @Override
                    public Object next() {
                        if (!hasNext()) {
                            throw new NoSuchElementException();
                        }
                        Object item = next;
                        next = Missing.MISSING;
                        return item;
                    }
                });
    }

    private Flow with(Stmt.With with, Activation here) {
        here.enter(with.scope());
        for (int i = 0; i < with.targets().size(); i++) {
            Object value = evaluator.evaluate(with.values().get(i), here);
            Targets.assign(run, with.targets().get(i), value, here);
        }
        Flow flow = body(with.body(), here);
        here.leave(with.scope());
        return flow;
    }

    private Flow filter(Stmt.FilterBlock filter, Activation here) {
        here.enter(filter.scope());
        Text outer = out;
        out = new Text(run);
        Flow flow = body(filter.body(), here);
        String text = out.toString();
        out = outer;
        if (flow == Flow.NORMAL) {
            Object value = evaluator.filter(filter.filter(), here, text);
            out.append(Repr.str(run, value));
        }
        here.leave(filter.scope());
        return flow;
    }

    private Flow assignBlock(Stmt.AssignBlock assign, Activation here) {
        here.enter(assign.scope());
        Text outer = out;
        out = new Text(run);
        Flow flow = body(assign.body(), here);
        Object value = out.toString();
        out = outer;
        if (flow == Flow.NORMAL) {
            if (assign.filter() instanceof Expr.Filtered filter) {
                value = evaluator.filter(filter, here, value);
            }
            Targets.assign(run, assign.target(), value, here);
        }
        here.leave(assign.scope());
        return flow;
    }

    private void callBlock(Stmt.CallBlock block, Activation here) {
        Object target = evaluator.evaluate(block.call().target(), here);
        Arguments given = evaluator.arguments(block.call().arguments(), here);
        Map<String, Object> keywords = given.keywordCopy();
        if (keywords.put("caller", new Macro(this, block.code(), here)) != null) {
            throw TemplateException.type("got multiple values for keyword argument 'caller'");
        }
        Object result = evaluator.call(target, new Arguments(given.positional(), keywords));
        out.append(Repr.str(run, result));
    }

    /** The text of a macro's body with its parameters set; MISSING ones take their defaults. */
    String macro(Stmt.MacroCode code, List<Object> values, Activation here) {
        for (int i = 0; i < values.size(); i++) {
            here.store(code.parameters().get(i).slot(), values.get(i));
        }
        here.enter(code.scopes().scope());
        int required = code.parameters().size() - code.defaults().size();
        for (int i = 0; i < values.size(); i++) {
            if (values.get(i) == Missing.MISSING) {
                String name = code.parameters().get(i).name();
                Object value =
                        i < required
                                ? Undefined.because(
                                        "parameter " + Repr.quote(name) + " was not provided")
                                : evaluator.evaluate(code.defaults().get(i - required), here);
                here.store(code.parameters().get(i).slot(), value);
            }
        }
        int line = run.line();
        Text outer = out;
        out = new Text(run);
        body(code.body(), here);
        String text = out.toString();
        out = outer;
        run.at(line);
        return text;
    }
}
