package quire.grammar;

/**
 * A place in an alternative of a rule: an element, {@code min} to {@code max} times ({@code max <
 * 0}: no end), and what follows. Or a state of a series, with nothing of its own behind it.
 */
final class Place {

    /** Behind the last element. */
    static final Place END = new Place(0, null, 0, 0, null);

    final int id;
    final Element element;
    final int min;
    final int max;
    final Place next;

    /** Null but in a series. */
    final Series series;

    final Object state;

    Place(int id, Element element, int min, int max, Place next) {
        this.id = id;
        this.element = element;
        this.min = min;
        this.max = max;
        this.next = next;
        this.series = null;
        this.state = null;
    }

    private Place(int id, Series series, Object state) {
        this.id = id;
        this.element = null;
        this.min = 1;
        this.max = 1;
        this.next = END;
        this.series = series;
        this.state = state;
    }

    /**
     * Within a series. Made by a store, whose ids are below zero.
     *
     * @param state of the series' automaton
     */
    static Place in(Series series, Object state, int id) {
        return new Place(id, series, state);
    }

    /** Whether what follows may come at once, when the element was there {@code done} times. */
    boolean mayBeLeft(int done) {
        return done >= min || element.nullable;
    }

    /** Where to go on when the element was there once more than {@code done} times. */
    Entry after(int done, Node parent) {
        int more = done + 1;
        if (max >= 0) {
            return more == max ? new Entry(next, 0, parent) : new Entry(this, more, parent);
        }
        return new Entry(this, Math.min(more, min), parent);
    }
}
