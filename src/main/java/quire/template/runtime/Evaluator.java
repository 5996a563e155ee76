package quire.template.runtime;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import quire.template.TemplateException;
import quire.template.TemplateException.Kind;
import quire.template.library.Filter;
import quire.template.library.Filters;
import quire.template.library.Tests;
import quire.template.operations.Attributes;
import quire.template.operations.Equality;
import quire.template.syntax.Expr;
import quire.template.values.Arguments;
import quire.template.values.Missing;
import quire.template.values.Numbers;
import quire.template.values.PyCallable;
import quire.template.values.PyDict;
import quire.template.values.PySequence.PyList;
import quire.template.values.PySequence.PyTuple;
import quire.template.values.PyTypes;
import quire.template.values.Repr;
import quire.template.values.Run;
import quire.template.values.Strings;
import quire.template.values.Text;
import quire.template.values.Undefined;

/** Evaluates expressions; one render, one thread. */
final class Evaluator {

    private final Run run;

    Evaluator(Run run) {
        this.run = run;
    }

    Object evaluate(Expr expression, Activation here) {
        run.enter();
        run.charge(1);
        Object value =
                switch (expression) {
                    case Expr.Literal literal -> literal.value();
                    case Expr.Name name -> {
                        Object found = here.load(name.slot());
                        yield found == Missing.MISSING ? Undefined.variable(name.name()) : found;
                    }
                    case Expr.Attribute attribute ->
                            Attributes.attribute(
                                    run, evaluate(attribute.target(), here), attribute.name());
                    case Expr.Item item ->
                            Attributes.item(
                                    run, evaluate(item.target(), here), evaluate(item.key(), here));
                    case Expr.Slice slice -> slice(slice, here);
                    case Expr.Conditional choice -> conditional(choice, here);
                    case Expr.And and -> {
                        Object left = evaluate(and.left(), here);
                        yield PyTypes.truth(run, left) ? evaluate(and.right(), here) : left;
                    }
                    case Expr.Or or -> {
                        Object left = evaluate(or.left(), here);
                        yield PyTypes.truth(run, left) ? left : evaluate(or.right(), here);
                    }
                    case Expr.Not not -> !PyTypes.truth(run, evaluate(not.operand(), here));
                    case Expr.Comparison comparison -> compare(comparison, here);
                    case Expr.Binary binary ->
                            binary.operator()
                                    .apply(
                                            run,
                                            evaluate(binary.left(), here),
                                            evaluate(binary.right(), here));
                    case Expr.Sign sign -> signed(sign, evaluate(sign.operand(), here));
                    case Expr.Concatenation items -> concatenate(items, here);
                    case Expr.Call call ->
                            call(evaluate(call.target(), here), arguments(call.arguments(), here));
                    case Expr.Filtered filtered -> filter(filtered, here, Missing.MISSING);
                    case Expr.Tested tested -> test(tested, here);
                    case Expr.TupleOf tuple -> new PyTuple(all(tuple.items(), here), List.of());
                    case Expr.ListOf list -> new PyList(all(list.items(), here));
                    case Expr.DictOf dict -> dict(dict, here);
                    case Expr.NamespaceReference reference ->
                            throw new IllegalStateException(
                                    "a namespace reference is only assigned to");
                };
        run.leave();
        return value;
    }

    private List<Object> all(List<Expr> expressions, Activation here) {
        List<Object> values = new ArrayList<>(expressions.size());
        for (Expr expression : expressions) {
            values.add(evaluate(expression, here));
        }
        return values;
    }

    private PyDict dict(Expr.DictOf literal, Activation here) {
        PyDict dict = new PyDict();
        for (int i = 0; i < literal.keys().size(); i++) {
            Object key = evaluate(literal.keys().get(i), here);
            dict.put(run, key, evaluate(literal.values().get(i), here));
        }
        return dict;
    }

    private Object slice(Expr.Slice slice, Activation here) {
        Object target = evaluate(slice.target(), here);
        return Attributes.slice(
                run,
                target,
                evaluate(slice.start(), here),
                evaluate(slice.stop(), here),
                evaluate(slice.step(), here));
    }

    private Object conditional(Expr.Conditional choice, Activation here) {
        if (PyTypes.truth(run, evaluate(choice.test(), here))) {
            return evaluate(choice.then(), here);
        }
        return choice.otherwise() == null
                ? Undefined.because(
                        "the inline if-expression on line "
                                + choice.line()
                                + " evaluated to false and no else section was defined.")
                : evaluate(choice.otherwise(), here);
    }

    private boolean compare(Expr.Comparison comparison, Activation here) {
        Object left = evaluate(comparison.first(), here);
        for (Expr.Operand operand : comparison.rest()) {
            Object right = evaluate(operand.value(), here);
            boolean holds =
                    switch (operand.operator()) {
                        case EQ -> Equality.equal(run, left, right);
                        case NE -> !Equality.equal(run, left, right);
                        case LT -> Equality.ordered(run, "<", left, right);
                        case LE -> Equality.ordered(run, "<=", left, right);
                        case GT -> Equality.ordered(run, ">", left, right);
                        case GE -> Equality.ordered(run, ">=", left, right);
                        case IN -> Equality.contains(run, right, left);
                        case NOT_IN -> !Equality.contains(run, right, left);
                    };
            if (!holds) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private Object signed(Expr.Sign sign, Object value) {
        if (value instanceof Undefined undefined) {
            throw undefined.failure(run);
        }
        if (value instanceof Double number) {
            return sign.negative() ? -number : number;
        }
        if (!Numbers.isInteger(value)) {
            throw TemplateException.type(
                    "bad operand type for unary "
                            + (sign.negative() ? "-" : "+")
                            + ": '"
                            + PyTypes.name(value)
                            + "'");
        }
        return sign.negative()
                ? Numbers.normal(Numbers.big(value).negate())
                : Numbers.integer(value);
    }

    private String concatenate(Expr.Concatenation items, Activation here) {
        Text out = new Text(run);
        for (Expr item : items.items()) {
            out.append(Repr.str(run, evaluate(item, here)));
        }
        return out.toString();
    }

    Object call(Object target, Arguments arguments) {
        if (target instanceof Undefined undefined) {
            throw undefined.failure(run);
        }
        if (!(target instanceof PyCallable callable)) {
            throw TemplateException.type("'" + PyTypes.name(target) + "' object is not callable");
        }
        return callable.call(run, arguments);
    }

    Arguments arguments(Expr.CallArguments given, Activation here) {
        if (given == Expr.CallArguments.NONE) {
            return Arguments.NONE;
        }
        List<Object> positional = all(given.positional(), here);
        Map<String, Object> keywords = new LinkedHashMap<>();
        for (Expr.Keyword keyword : given.keywords()) {
            keywords.put(keyword.name(), evaluate(keyword.value(), here));
        }
        if (given.star() != null) {
            Object star = evaluate(given.star(), here);
            if (!PyTypes.iterable(star)) {
                throw TemplateException.type(
                        "Value after * must be an iterable, not " + PyTypes.name(star));
            }
            positional.addAll(PyTypes.list(run, star));
        }
        if (given.doubleStar() != null) {
            spread(evaluate(given.doubleStar(), here), keywords);
        }
        return new Arguments(positional, keywords);
    }

    private static void spread(Object mapping, Map<String, Object> keywords) {
        if (!(mapping instanceof PyDict dict)) {
            throw TemplateException.type(
                    "argument after ** must be a mapping, not " + PyTypes.name(mapping));
        }
        for (PyDict.Entry entry : dict.entries()) {
            if (!Strings.is(entry.key())) {
                throw TemplateException.type("keywords must be strings");
            }
            String name = Strings.text(entry.key());
            if (keywords.containsKey(name)) {
                throw TemplateException.type(
                        "got multiple values for keyword argument " + Repr.quote(name));
            }
            keywords.put(name, entry.value());
        }
    }

    /** Applies a filter; {@code body} is the text of the block it stands for, or MISSING. */
    Object filter(Expr.Filtered filtered, Activation here, Object body) {
        Filter filter = Filters.ALL.get(filtered.name());
        if (filter == null) {
            throw new TemplateException(
                    Kind.RUNTIME, "No filter named " + Repr.quote(filtered.name()) + " found.");
        }
        Object value;
        if (filtered.target() == null) {
            value = body;
        } else if (body != Missing.MISSING && filtered.target() instanceof Expr.Filtered inner) {
            value = filter(inner, here, body);
        } else {
            value = evaluate(filtered.target(), here);
        }
        return filter.apply(run, value, arguments(filtered.arguments(), here));
    }

    private boolean test(Expr.Tested tested, Activation here) {
        Tests.Check check = Tests.ALL.get(tested.name());
        if (check == null) {
            throw new TemplateException(
                    Kind.RUNTIME, "No test named " + Repr.quote(tested.name()) + " found.");
        }
        Object value = evaluate(tested.target(), here);
        return check.passes(run, value, arguments(tested.arguments(), here));
    }
}
