package quire.template;

/** Stands where no value is; templates see {@link Undefined} instead. */
enum Missing {
    MISSING
}
