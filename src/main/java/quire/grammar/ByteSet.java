package quire.grammar;

/** A set of bytes, as four words of 64. */
record ByteSet(long w0, long w1, long w2, long w3) {

    static final ByteSet NONE = new ByteSet(0, 0, 0, 0);
    static final ByteSet ALL = new ByteSet(-1, -1, -1, -1);

    /** The bytes from {@code first} to {@code last}, both in it and in 0 to 255. */
    static ByteSet range(int first, int last) {
        return new ByteSet(
                word(first, last), word(first - 64, last - 64),
                word(first - 128, last - 128), word(first - 192, last - 192));
    }

    static ByteSet of(int value) {
        return range(value, value);
    }

    /** Bits {@code first} to {@code last} of a word, as far as they lie in it. */
    private static long word(int first, int last) {
        int from = Math.max(first, 0);
        int to = Math.min(last, 63);
        return from > to ? 0 : (-1L >>> (63 - to + from)) << from;
    }

    boolean has(int value) {
        long word =
                switch (value >> 6) {
                    case 0 -> w0;
                    case 1 -> w1;
                    case 2 -> w2;
                    default -> w3;
                };
        return (word >>> value & 1) != 0;
    }

    ByteSet and(ByteSet o) {
        return new ByteSet(w0 & o.w0, w1 & o.w1, w2 & o.w2, w3 & o.w3);
    }

    ByteSet or(ByteSet o) {
        return new ByteSet(w0 | o.w0, w1 | o.w1, w2 | o.w2, w3 | o.w3);
    }

    ByteSet not() {
        return new ByteSet(~w0, ~w1, ~w2, ~w3);
    }

    boolean isEmpty() {
        return (w0 | w1 | w2 | w3) == 0;
    }
}
