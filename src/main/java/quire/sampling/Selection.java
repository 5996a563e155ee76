package quire.sampling;

/** Partial sorting of long keys in place, in expected linear time and without allocation. */
final class Selection {

    /** Ranges up to this length are sorted by insertion. */
    private static final int SMALL = 24;

    private Selection() {}

    /**
     * The key that has exactly {@code rank} lesser ones among the first {@code size}; reorders
     * them.
     */
    static long select(long[] keys, int size, int rank) {
        int low = 0;
        int high = size;
        while (high - low > SMALL) {
            int middle = partition(keys, low, high);
            if (rank < middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        sortSmall(keys, low, high);
        return keys[rank];
    }

    /**
     * The last key of the shortest run of smallest keys whose weights reach {@code target};
     * reorders the first {@code size} keys.
     *
     * @param weights by the lower 32 bits of a key
     */
    static long selectMass(long[] keys, int size, float[] weights, double target) {
        int low = 0;
        int high = size;
        double before = 0;
        while (high - low > SMALL) {
            int middle = partition(keys, low, high);
            double mass = before;
            for (int i = low; i < middle; i++) {
                mass += weights[(int) keys[i]];
            }
            if (mass >= target) {
                high = middle;
            } else {
                before = mass;
                low = middle;
            }
        }
        sortSmall(keys, low, high);
        int last = low;
        before += weights[(int) keys[last]];
        while (before < target && last + 1 < high) {
            last++;
            before += weights[(int) keys[last]];
        }
        return keys[last];
    }

    /**
     * Splits a range of distinct keys so that all before the returned index are less than all from
     * it on (Hoare's partition). The pivot is neither the least nor the greatest, so both parts
     * have at least one key.
     */
    private static int partition(long[] keys, int low, int high) {
        int third = (high - low) >>> 2;
        long pivot =
                median(
                        median(keys[low], keys[low + 1], keys[low + 2]),
                        median(keys[low + third], keys[low + 2 * third], keys[low + 3 * third]),
                        median(keys[high - 3], keys[high - 2], keys[high - 1]));
        int i = low - 1;
        int j = high;
        while (true) {
            do {
                i++;
            } while (keys[i] < pivot);
            do {
                j--;
            } while (keys[j] > pivot);
            if (i >= j) {
                return j + 1;
            }
            long key = keys[i];
            keys[i] = keys[j];
            keys[j] = key;
        }
    }

    private static long median(long a, long b, long c) {
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }

    private static void sortSmall(long[] keys, int low, int high) {
        for (int i = low + 1; i < high; i++) {
            long key = keys[i];
            int place = i;
            while (place > low && keys[place - 1] > key) {
                keys[place] = keys[place - 1];
                place--;
            }
            keys[place] = key;
        }
    }
}
