package quire.grammar;

import static quire.grammar.Regex.ANY;
import static quire.grammar.Regex.EMPTY;
import static quire.grammar.Regex.NOTHING;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import quire.grammar.Regex.Kind;

/**
 * Puts expressions together in a normal form, so that derivatives of one expression are few: the
 * rules are those of Owens, Reppy and Turon, "Regular-expression derivatives re-examined".
 */
final class Combine {

    private static final Regex[] NO_PARTS = {};

    static Regex set(ByteSet set) {
        return set.isEmpty() ? NOTHING : new Regex(Kind.SET, NO_PARTS, 0, 0, 0, set, null);
    }

    static Regex words(Words words, int from, int to, int offset) {
        if (from == to) {
            return NOTHING;
        }
        return to - from == 1 && words.endsAt(from, offset)
                ? EMPTY
                : new Regex(Kind.WORDS, NO_PARTS, from, to, offset, null, words);
    }

    static Regex sequence(Regex head, Regex tail) {
        if (head == NOTHING || tail == NOTHING) {
            return NOTHING;
        }
        if (head == EMPTY) {
            return tail;
        }
        return tail == EMPTY ? head : of(Kind.SEQUENCE, 0, 0, head, tail);
    }

    static Regex repeat(Regex part, int min, int max) {
        if (max == 0 || part == EMPTY) {
            return EMPTY;
        }
        if (part == NOTHING) {
            return min == 0 ? EMPTY : NOTHING;
        }
        if (min == 1 && max == 1) {
            return part;
        }
        boolean endless = part.kind == Kind.REPEAT && part.from == 0 && part.to < 0;
        return endless || part == ANY ? part : of(Kind.REPEAT, part.nullable ? 0 : min, max, part);
    }

    static Regex not(Regex part) {
        if (part == NOTHING) {
            return ANY;
        }
        return part.kind == Kind.NOT ? part.parts[0] : of(Kind.NOT, 0, 0, part);
    }

    static Regex choice(Collection<Regex> choices) {
        List<Regex> flat = flat(Kind.CHOICE, choices);
        ByteSet set = ByteSet.NONE;
        boolean nullable = false;
        List<Regex> kept = new ArrayList<>(flat.size());
        for (Regex part : flat) {
            if (part == ANY) {
                return ANY;
            }
            if (part.kind == Kind.SET) {
                set = set.or(part.set);
            } else if (part != NOTHING && part != EMPTY) {
                kept.add(part);
                nullable |= part.nullable;
            }
        }
        if (!set.isEmpty()) {
            kept.add(set(set));
        }
        if (!nullable && flat.contains(EMPTY)) {
            kept.add(EMPTY);
        }
        return joined(Kind.CHOICE, kept, NOTHING);
    }

    static Regex both(Collection<Regex> all) {
        ByteSet set = ByteSet.ALL;
        boolean nullable = true;
        List<Regex> kept = new ArrayList<>();
        for (Regex part : flat(Kind.BOTH, all)) {
            if (part == NOTHING) {
                return NOTHING;
            }
            nullable &= part.nullable;
            if (part.kind == Kind.SET) {
                set = set.and(part.set);
            } else if (part != ANY) {
                kept.add(part);
            }
        }
        if (set != ByteSet.ALL) {
            if (set.isEmpty()) {
                return NOTHING;
            }
            kept.add(set(set));
        }
        if (kept.contains(EMPTY)) {
            return nullable ? EMPTY : NOTHING;
        }
        return joined(Kind.BOTH, kept, ANY);
    }

    private static List<Regex> flat(Kind kind, Collection<Regex> parts) {
        List<Regex> flat = new ArrayList<>(parts.size());
        for (Regex part : parts) {
            if (part.kind == kind) {
                flat.addAll(List.of(part.parts));
            } else {
                flat.add(part);
            }
        }
        return flat;
    }

    /** Sorted, each once; {@code none} for no part. Sorts the given list. */
    private static Regex joined(Kind kind, List<Regex> parts, Regex none) {
        parts.sort((one, other) -> Long.compare(one.hash, other.hash));
        List<Regex> distinct = new ArrayList<>(parts.size());
        for (Regex part : parts) {
            if (distinct.isEmpty() || !distinct.getLast().equals(part)) {
                distinct.add(part);
            }
        }
        return switch (distinct.size()) {
            case 0 -> none;
            case 1 -> distinct.getFirst();
            default -> of(kind, 0, 0, distinct.toArray(Regex[]::new));
        };
    }

    private static Regex of(Kind kind, int from, int to, Regex... parts) {
        return new Regex(kind, parts, from, to, 0, null, null);
    }

    private Combine() {}
}
