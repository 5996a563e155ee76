package quire.grammar;

import java.util.ArrayList;
import java.util.List;

/** Classes of code points as expressions over the bytes of their UTF-8. */
final class Utf8Ranges {

    private static final int LAST = 0x10ffff;

    static final Regex ANY = regex(0, LAST);

    /** The last code point of one, two and three bytes. */
    private static final int[] lasts() {
        return new int[] {0x7f, 0x7ff, 0xffff, LAST};
    }

    static Regex regex(int... fromTo) {
        List<Regex> parts = new ArrayList<>();
        for (int i = 0; i < fromTo.length; i += 2) {
            int from = Math.max(0, fromTo[i]);
            int to = Math.min(LAST, fromTo[i + 1]);
            // Surrogates have no UTF-8.
            add(from, Math.min(to, 0xd7ff), parts);
            add(Math.max(from, 0xe000), to, parts);
        }
        return Combine.choice(parts);
    }

    /** Adds a range that has no surrogate. */
    private static void add(int from, int to, List<Regex> parts) {
        int first = from;
        for (int last : lasts()) {
            if (first <= Math.min(to, last)) {
                split(first, Math.min(to, last), parts);
                first = last + 1;
            }
        }
    }

    /** Adds a range of code points of one length, cut where later bytes do not go all the way. */
    private static void split(int from, int to, List<Regex> parts) {
        if (from > to) {
            return;
        }
        if (to <= 0x7f) {
            parts.add(Combine.set(ByteSet.range(from, to)));
            return;
        }
        int length = to <= 0x7ff ? 2 : to <= 0xffff ? 3 : 4;
        for (int i = 1; i < length; i++) {
            int low = (1 << 6 * i) - 1;
            if ((from & ~low) != (to & ~low)) {
                if ((from & low) != 0) {
                    split(from, from | low, parts);
                    split((from | low) + 1, to, parts);
                    return;
                }
                if ((to & low) != low) {
                    split(from, (to & ~low) - 1, parts);
                    split(to & ~low, to, parts);
                    return;
                }
            }
        }
        Regex bytes = Regex.EMPTY;
        for (int i = 0; i < length; i++) {
            int lead = i < length - 1 ? 0x80 : 0xf00 >> length & 0xff;
            int mask = i < length - 1 ? 0x3f : 0xff;
            int first = lead | from >> 6 * i & mask;
            int last = lead | to >> 6 * i & mask;
            bytes = Combine.sequence(Combine.set(ByteSet.range(first, last)), bytes);
        }
        parts.add(bytes);
    }

    private Utf8Ranges() {}
}
