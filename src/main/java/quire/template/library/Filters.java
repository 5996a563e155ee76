package quire.template.library;

import java.util.HashMap;
import java.util.Map;

/** Every filter by name. */
public final class Filters {

    public static final Map<String, Filter> ALL = all();

    /** Filters of Jinja2's that have no place in a prompt, and the sentence that says so. */
    public static final Map<String, String> REFUSED =
            refused(
                    Map.of(
                            "random", "a prompt has to be the same every time",
                            "pprint", "use tojson instead",
                            "striptags", "prompts are not HTML",
                            "urlencode", "prompts are not addresses",
                            "urlize", "prompts are not HTML",
                            "wordwrap", "prompts have no lines of a fixed width",
                            "xmlattr", "prompts are not HTML"));

    private Filters() {}

    private static Map<String, Filter> all() {
        Map<String, Filter> filters = new HashMap<>();
        TextFilters.addTo(filters);
        SequenceFilters.addTo(filters);
        SelectionFilters.addTo(filters);
        OrderFilters.addTo(filters);
        ValueFilters.addTo(filters);
        return Map.copyOf(filters);
    }

    private static Map<String, String> refused(Map<String, String> reasons) {
        Map<String, String> sentences = new HashMap<>();
        reasons.forEach(
                (name, why) ->
                        sentences.put(name, "the filter " + name + " is not offered: " + why));
        return Map.copyOf(sentences);
    }
}
