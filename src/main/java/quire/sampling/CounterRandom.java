package quire.sampling;

/**
 * Random numbers without state: a number is a hash of a key and a counter, so that any one of them
 * can be had again at any time. The mixing function is variant 13 of Stafford's "Better Bit
 * Mixing", as in SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators",
 * 2014).
 */
final class CounterRandom {

    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
    private static final long CHOICE_GAMMA = 0xD1342543DE82EF95L;
    private static final double UNIT_53_BITS = 0x1.0p-53;

    private CounterRandom() {}

    /** Key of one choice of a request with the given seed. */
    static long key(long seed, int choice) {
        return mix(mix(seed + GOLDEN_GAMMA) + CHOICE_GAMMA * (choice + 1L));
    }

    /** Seed of a request that has none; apart from {@link #key} so that it is not a user's seed. */
    static long fallbackSeed(long engineSeed, long requestNumber) {
        return mix(mix(engineSeed ^ CHOICE_GAMMA) + GOLDEN_GAMMA * (requestNumber + 1));
    }

    /** The number in [0, 1) with this counter. */
    static double uniform(long key, int counter) {
        return (mix(key + GOLDEN_GAMMA * (counter + 1L)) >>> 11) * UNIT_53_BITS;
    }

    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
