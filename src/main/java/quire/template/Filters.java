package quire.template;

import java.util.HashMap;
import java.util.Map;

/** Every filter by name. */
final class Filters {

    static final Map<String, Filter> ALL = all();

    private Filters() {}

    private static Map<String, Filter> all() {
        Map<String, Filter> filters = new HashMap<>();
        TextFilters.addTo(filters);
        HtmlFilters.addTo(filters);
        SequenceFilters.addTo(filters);
        SelectionFilters.addTo(filters);
        OrderFilters.addTo(filters);
        ValueFilters.addTo(filters);
        filters.put("random", refused("random", "a prompt has to be the same every time"));
        filters.put("pprint", refused("pprint", "use tojson instead"));
        filters.put("urlize", refused("urlize", "prompts are not HTML"));
        filters.put("wordwrap", refused("wordwrap", "prompts have no lines of a fixed width"));
        return Map.copyOf(filters);
    }

    private static Filter refused(String name, String why) {
        return (run, value, args) -> {
            throw TemplateException.runtime("the filter " + name + " is not offered: " + why);
        };
    }
}
