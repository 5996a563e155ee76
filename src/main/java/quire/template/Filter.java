package quire.template;

/** What stands behind {@code value | name(arguments)}. */
interface Filter {
    Object apply(Run run, Object value, Arguments arguments);
}
