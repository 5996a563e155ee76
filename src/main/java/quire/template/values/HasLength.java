package quire.template.values;

/** A value of our own with a length, though its items cannot be gone over. */
public interface HasLength {

    /** {@code len(value)}. */
    long length(Run run);
}
