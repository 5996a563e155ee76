package quire.gpu;

/** When a launch lets the next one's blocks begin. */
enum Overlap {
    NONE(""),
    LATE(", overlapping late"),
    EARLY(", overlapping early");

    private final String words;

    Overlap(String words) {
        this.words = words;
    }

    /** To be put behind a name. */
    String words() {
        return words;
    }
}
