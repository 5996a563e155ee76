package quire.template.values;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import quire.template.TemplateException;

/** What every value of a template has: a type name, a truth, perhaps a length and items. */
public final class PyTypes {

    private PyTypes() {}

    /** {@code type(value).__name__}. */
    public static String name(Object value) {
        return switch (value) {
            case null -> "NoneType";
            case Boolean bool -> "bool";
            case Long number -> "int";
            case BigInteger number -> "int";
            case Double number -> "float";
            case String text -> "str";
            case Markup markup -> "Markup";
            case PySequence sequence -> sequence.typeName();
            case PyDict dict -> "dict";
            case PyDict.View view -> view.kind().typeName;
            case PyIterator iterator -> iterator.typeName();
            case Undefined undefined -> "Undefined";
            case PyCallable callable -> callable.typeName();
            case HasAttributes object -> object.typeName();
            default -> "object";
        };
    }

    /** {@code bool(value)}. */
    public static boolean truth(Run run, Object value) {
        return switch (value) {
            case null -> false;
            case Boolean bool -> bool;
            case Long number -> number != 0;
            case Double number -> number != 0;
            case String text -> !text.isEmpty();
            case Markup markup -> !markup.text().isEmpty();
            case PySequence sequence -> sequence.size() > 0;
            case PyDict dict -> dict.size() > 0;
            case PyDict.View view -> view.dict().size() > 0;
            case Undefined undefined -> false;
            case HasLength object -> object.length(run) > 0;
            default -> true;
        };
    }

    /** {@code len(value)}. */
    public static long length(Run run, Object value) {
        return switch (value) {
            case String text -> Strings.length(run, text);
            case Markup markup -> Strings.length(run, markup.text());
            case PySequence sequence -> sequence.size();
            case PyDict dict -> dict.size();
            case PyDict.View view -> view.dict().size();
            case Undefined undefined -> 0;
            case HasLength object -> object.length(run);
            case null, default ->
                    throw TemplateException.type(
                            "object of type '" + name(value) + "' has no len()");
        };
    }

    public static boolean hasLength(Object value) {
        return value instanceof String
                || value instanceof Markup
                || value instanceof PySequence
                || value instanceof PyDict
                || value instanceof PyDict.View
                || value instanceof Undefined
                || value instanceof HasLength;
    }

    public static boolean iterable(Object value) {
        return value instanceof PyIterator || hasLength(value) && !(value instanceof HasLength);
    }

    /**
     * {@code iter(value)}.
     *
     * @throws TemplateException of kind TYPE for a value without items
     */
    public static Iterator<?> iterate(Object value) {
        return switch (value) {
            case String text -> characters(text);
            case Markup markup -> characters(markup.text());
            case PySequence sequence -> sequence.items().iterator();
            case PyDict dict -> new PyDict.View(dict, PyDict.View.Kind.KEYS).iterator();
            case PyDict.View view -> view.iterator();
            case PyIterator iterator -> iterator;
            case Undefined undefined -> Collections.emptyIterator();
            case null, default ->
                    throw TemplateException.type("'" + name(value) + "' object is not iterable");
        };
    }

    /** {@code list(value)}, as a list that the caller may change. */
    public static List<Object> list(Run run, Object value) {
        List<Object> items = new ArrayList<>();
        for (Iterator<?> i = iterate(value); i.hasNext(); ) {
            items.add(i.next());
            run.items(1);
            if (items.size() > run.limits().maxItems()) {
                run.items(items.size());
            }
        }
        return items;
    }

    /** The characters of a text, each a string of one code point. */
    private static Iterator<String> characters(String text) {
        return new Iterator<>() {
            private int at;

            @Override
            public boolean hasNext() {
                return at < text.length();
            }

            @Override
            public String next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                int from = at;
                at += Character.charCount(text.codePointAt(at));
                return text.substring(from, at);
            }
        };
    }
}
