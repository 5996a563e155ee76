package quire.template.values;

import java.util.Collections;
import java.util.Iterator;
import quire.template.TemplateException;

/** An iterator or generator of Python's: may be walked once, and does its work as it is walked. */
public final class PyIterator implements Iterator<Object> {

    private final String typeName;

    /** How many generators feed each other up to this one. */
    private final int depth;

    private Iterator<?> source;

    public PyIterator(String typeName, Iterator<?> source) {
        this(typeName, source, 0);
    }

    private PyIterator(String typeName, Iterator<?> source, int depth) {
        this.typeName = typeName;
        this.source = source;
        this.depth = depth;
    }

    /**
     * A generator over the items of another value.
     *
     * @throws TemplateException of kind LIMIT when too many generators feed each other
     */
    public static PyIterator generator(Run run, Object over, Iterator<?> source) {
        int depth = over instanceof PyIterator inner ? inner.depth + 1 : 0;
        if (depth > run.limits().maxDepth()) {
            throw TemplateException.limit(
                    "generators nest more than " + run.limits().maxDepth() + " levels deep");
        }
        return new PyIterator("generator", source, depth);
    }

    String typeName() {
        return typeName;
    }

    @Override
    public boolean hasNext() {
        try {
            return source.hasNext();
        } catch (TemplateException e) {
            // A generator that failed is finished.
            source = Collections.emptyIterator();
            throw e;
        }
    }

    @Override
    public Object next() {
        return source.next();
    }
}
