package quire.grammar;

import java.util.Arrays;

/** What is known of an expression from its parts, computed once. */
record RegexTraits(
        boolean nullable, boolean logical, int shortest, int depth, long hash, int bytes) {

    private static final int NODE_BYTES = 90;

    static RegexTraits of(Regex r) {
        boolean logical = r.kind == Regex.Kind.BOTH || r.kind == Regex.Kind.NOT;
        int depth = 0;
        long bytes = NODE_BYTES + 4L * r.parts.length + (r.words == null ? 0 : r.words.bytes());
        long hash = mix(r.kind.ordinal() + 1, r.from * 31L + r.to, r.offset);
        hash = mix(hash, r.set == null ? 0 : r.set.hashCode(), 0);
        hash = mix(hash, r.words == null ? 0 : r.words.hashCode(), 1);
        for (int i = 0; i < r.parts.length; i++) {
            Regex part = r.parts[i];
            logical |= part.logical;
            boolean tail = r.kind == Regex.Kind.SEQUENCE && i == 1;
            depth = Math.max(depth, tail ? part.depth : part.depth + 1);
            hash = mix(hash, part.hash, i);
            bytes += part.bytes;
        }
        return new RegexTraits(nullable(r), logical, shortest(r), depth, hash, saturated(bytes));
    }

    private static long mix(long hash, long value, long place) {
        long h = (hash ^ value * 0x9E3779B97F4A7C15L) + place;
        h = (h ^ h >>> 32) * 0xD6E8FEB86659FD93L;
        return h ^ h >>> 29;
    }

    private static boolean nullable(Regex r) {
        return switch (r.kind) {
            case NOTHING, SET -> false;
            case EMPTY -> true;
            case WORDS -> r.words.endsAt(r.from, r.offset);
            case SEQUENCE, BOTH -> Arrays.stream(r.parts).allMatch(part -> part.nullable);
            case CHOICE -> Arrays.stream(r.parts).anyMatch(part -> part.nullable);
            case NOT -> !r.parts[0].nullable;
            case REPEAT -> r.from == 0 || r.parts[0].nullable;
        };
    }

    private static int shortest(Regex r) {
        return switch (r.kind) {
            case NOTHING -> Integer.MAX_VALUE;
            case EMPTY, NOT -> 0;
            case WORDS -> Math.max(0, r.words.shortest(r.from, r.to) - r.offset);
            case SET -> 1;
            case SEQUENCE -> saturated((long) r.parts[0].shortest + r.parts[1].shortest);
            case CHOICE -> Arrays.stream(r.parts).mapToInt(p -> p.shortest).min().getAsInt();
            case BOTH -> Arrays.stream(r.parts).mapToInt(p -> p.shortest).max().getAsInt();
            case REPEAT -> saturated((long) r.from * r.parts[0].shortest);
        };
    }

    private static int saturated(long length) {
        return (int) Math.min(length, Integer.MAX_VALUE);
    }
}
