package quire.template.syntax;

/** How many variables one function of a template has: the template itself, a macro, a block. */
public final class Layout {

    private int size;

    /** A place for one more variable. */
    int add() {
        return size++;
    }

    public int size() {
        return size;
    }
}
