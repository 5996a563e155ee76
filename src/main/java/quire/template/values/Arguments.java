package quire.template.values;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import quire.template.TemplateException;

/** Arguments of a call: by position, then by keyword. */
public record Arguments(List<Object> positional, Map<String, Object> keywords) {

    public static final Arguments NONE = new Arguments(List.of(), Map.of());

    public static Arguments of(Object... values) {
        return new Arguments(Arrays.asList(values), Map.of());
    }

    /** These arguments without the first {@code count} positional ones. */
    public Arguments skip(int count) {
        return new Arguments(positional.subList(count, positional.size()), keywords);
    }

    /**
     * Gives the arguments to parameters by name.
     *
     * @param function name for error messages
     * @param required how many of the parameters must be given
     * @param names the parameters in order
     * @throws TemplateException of kind TYPE when they do not fit
     */
    public Bound bind(String function, int required, String... names) {
        if (positional.size() > names.length) {
            throw TemplateException.type(
                    function
                            + "() takes "
                            + (names.length == 0
                                    ? "no arguments"
                                    : "at most "
                                            + names.length
                                            + (names.length == 1 ? " argument" : " arguments"))
                            + " ("
                            + positional.size()
                            + " given)");
        }
        Object[] values = new Object[names.length];
        Arrays.fill(values, Missing.MISSING);
        for (int i = 0; i < positional.size(); i++) {
            values[i] = positional.get(i);
        }
        List<String> known = List.of(names);
        keywords.forEach(
                (name, value) -> {
                    int at = known.indexOf(name);
                    if (at < 0) {
                        throw TemplateException.type(
                                function
                                        + "() got an unexpected keyword argument "
                                        + Repr.quote(name));
                    }
                    if (values[at] != Missing.MISSING) {
                        throw TemplateException.type(
                                function
                                        + "() got multiple values for argument "
                                        + Repr.quote(name));
                    }
                    values[at] = value;
                });
        for (int i = 0; i < required; i++) {
            if (values[i] == Missing.MISSING) {
                throw TemplateException.type(
                        function + "() missing required argument " + Repr.quote(names[i]));
            }
        }
        return new Bound(values);
    }

    /** A copy of the keywords that may be changed. */
    public Map<String, Object> keywordCopy() {
        return new LinkedHashMap<>(keywords);
    }

    /** Values of parameters, MISSING for those not given. */
    public record Bound(Object[] values) {

        public boolean given(int at) {
            return values[at] != Missing.MISSING;
        }

        public Object or(int at, Object fallback) {
            return given(at) ? values[at] : fallback;
        }

        public boolean truth(Run run, int at, boolean fallback) {
            return given(at) ? PyTypes.truth(run, values[at]) : fallback;
        }

        /** An index or count: an integer, cut to the range of int. */
        public int integer(int at, int fallback) {
            if (!given(at)) {
                return fallback;
            }
            return switch (values[at]) {
                case Boolean bool -> bool ? 1 : 0;
                case Long number -> Math.clamp(number, Integer.MIN_VALUE, Integer.MAX_VALUE);
                case BigInteger number ->
                        number.signum() < 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE;
                case null, default ->
                        throw TemplateException.type(
                                "'"
                                        + PyTypes.name(values[at])
                                        + "' object cannot be interpreted as an integer");
            };
        }

        /** A string; {@code fallback} when it was not given. */
        public String string(int at, String fallback) {
            if (!given(at)) {
                return fallback;
            }
            if (!Strings.is(values[at])) {
                throw TemplateException.type("must be str, not " + PyTypes.name(values[at]));
            }
            return Strings.text(values[at]);
        }
    }
}
