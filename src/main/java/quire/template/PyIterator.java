package quire.template;

import java.util.Iterator;

/** An iterator or generator of Python's: may be walked once, and does its work as it is walked. */
final class PyIterator implements Iterator<Object> {

    private final String typeName;
    private Iterator<?> source;

    PyIterator(String typeName, Iterator<?> source) {
        this.typeName = typeName;
        this.source = source;
    }

    static PyIterator generator(Iterator<?> source) {
        return new PyIterator("generator", source);
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
            source = java.util.Collections.emptyIterator();
            throw e;
        }
    }

    @Override
    public Object next() {
        return source.next();
    }
}
