package quire.template.syntax;

import java.util.List;
import quire.template.operations.Arithmetic;

/** Expressions of a template's tree. */
public sealed interface Expr {

    /** The line in the template, from 1. */
    int line();

    /** A constant: None, Boolean, Long, BigInteger, Double or String. */
    record Literal(Object value, int line) implements Expr {}

    /** A variable; {@link Binder} says where it lives before the template is published. */
    final class Name implements Expr {
        private final String name;
        private final int line;
        private Slot slot;

        Name(String name, int line) {
            this.name = name;
            this.line = line;
        }

        void bind(Slot place) {
            slot = place;
        }

        public String name() {
            return name;
        }

        public Slot slot() {
            return slot;
        }

        @Override
        public int line() {
            return line;
        }
    }

    /** {@code name.attribute} where it is assigned to; the parser lets it nowhere else. */
    record NamespaceReference(Name namespace, String attribute, int line) implements Expr {}

    record TupleOf(List<Expr> items, int line) implements Expr {}

    record ListOf(List<Expr> items, int line) implements Expr {}

    record DictOf(List<Expr> keys, List<Expr> values, int line) implements Expr {}

    /** {@code then if test else otherwise}; {@code otherwise} is null when it was left out. */
    record Conditional(Expr test, Expr then, Expr otherwise, int line) implements Expr {}

    record And(Expr left, Expr right, int line) implements Expr {}

    record Or(Expr left, Expr right, int line) implements Expr {}

    record Not(Expr operand, int line) implements Expr {}

    /** A chain such as {@code a < b <= c}. */
    record Comparison(Expr first, List<Operand> rest, int line) implements Expr {}

    record Operand(CompareOperator operator, Expr value) {}

    /** Comparison operators. */
    enum CompareOperator {
        EQ,
        NE,
        LT,
        LE,
        GT,
        GE,
        IN,
        NOT_IN
    }

    record Binary(Arithmetic operator, Expr left, Expr right, int line) implements Expr {}

    record Sign(boolean negative, Expr operand, int line) implements Expr {}

    /** {@code a ~ b ~ c}. */
    record Concatenation(List<Expr> items, int line) implements Expr {}

    record Attribute(Expr target, String name, int line) implements Expr {}

    record Item(Expr target, Expr key, int line) implements Expr {}

    /** {@code target[start:stop:step]}; parts left out are the literal None. */
    record Slice(Expr target, Expr start, Expr stop, Expr step, int line) implements Expr {}

    record Call(Expr target, CallArguments arguments, int line) implements Expr {}

    /** {@code target | name(arguments)}; {@code target} is null for the body of a block. */
    record Filtered(Expr target, String name, CallArguments arguments, int line) implements Expr {}

    /** {@code target is name(arguments)}. */
    record Tested(Expr target, String name, CallArguments arguments, int line) implements Expr {}

    /** Arguments of a call; {@code star} and {@code doubleStar} are null when absent. */
    record CallArguments(
            List<Expr> positional, List<Keyword> keywords, Expr star, Expr doubleStar) {
        public static final CallArguments NONE =
                new CallArguments(List.of(), List.of(), null, null);
    }

    record Keyword(String name, Expr value) {}
}
