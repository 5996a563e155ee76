package quire.template.values;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import quire.template.TemplateException;

/** Copies what callers hand in into values of this package; nothing else of Java gets in. */
public final class JavaValues {

    private JavaValues() {}

    /**
     * A deep copy of null, Boolean, Number, String, and collections and maps of them.
     *
     * @throws TemplateException of kind TYPE for anything else, LIMIT for what is too deep
     */
    public static Object toPython(Run run, Object value) {
        run.enter();
        run.charge(1);
        Object copy =
                switch (value) {
                    case null -> null;
                    case Boolean bool -> bool;
                    case String text -> text;
                    case Long number -> number;
                    case Integer number -> (long) number;
                    case Short number -> (long) number;
                    case Byte number -> (long) number;
                    case BigInteger number -> Numbers.normal(number);
                    case Double number -> number;
                    case Float number -> (double) number;
                    case BigDecimal number -> number.doubleValue();
                    case Collection<?> items -> {
                        run.items(items.size());
                        List<Object> copies = new ArrayList<>(items.size());
                        items.forEach(item -> copies.add(toPython(run, item)));
                        yield new PySequence.PyList(copies);
                    }
                    case Map<?, ?> map -> {
                        run.items(map.size());
                        PyDict dict = new PyDict();
                        map.forEach(
                                (key, item) ->
                                        dict.put(run, toPython(run, key), toPython(run, item)));
                        yield dict;
                    }
                    default ->
                            throw TemplateException.type(
                                    "templates cannot see values of " + value.getClass().getName());
                };
        run.leave();
        return copy;
    }
}
