package quire.template.library;

import quire.template.values.Arguments;
import quire.template.values.Run;

/** What stands behind {@code value | name(arguments)}. */
public interface Filter {
    Object apply(Run run, Object value, Arguments arguments);
}
