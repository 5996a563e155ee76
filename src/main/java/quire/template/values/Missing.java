package quire.template.values;

/** Stands where no value is; templates see {@link Undefined} instead. */
public enum Missing {
    MISSING
}
