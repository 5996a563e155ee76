package quire.template;

/** How many variables one function of a template has: the template itself, a macro, a block. */
final class Layout {
    int size;
}
