package quire.grammar;

/**
 * Where to go on: at a place whose element was there {@code done} times already, and behind the end
 * of its rule at {@code parent}.
 */
record Entry(Place place, int done, Node parent) implements Comparable<Entry> {

    @Override
    public int compareTo(Entry other) {
        int byPlace = Integer.compare(place.id, other.place.id);
        if (byPlace != 0) {
            return byPlace;
        }
        int byDone = Integer.compare(done, other.done);
        return byDone != 0 ? byDone : Integer.compare(parent.id, other.parent.id);
    }

    @Override
    public int hashCode() {
        return (place.id * 31 + done) * 31 + parent.id;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Entry o && place == o.place && done == o.done && parent == o.parent;
    }
}
