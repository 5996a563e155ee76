package quire.ops.cuda.driver;

/** What a card's instructions are: its compute capability, such as 9.0. */
public record Capability(int major, int minor) implements Comparable<Capability> {

    public boolean isAtLeast(Capability other) {
        return compareTo(other) >= 0;
    }

    @Override
    public int compareTo(Capability other) {
        return major != other.major
                ? Integer.compare(major, other.major)
                : Integer.compare(minor, other.minor);
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
