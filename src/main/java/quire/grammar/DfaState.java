package quire.grammar;

import quire.grammar.Regex.Kind;

/**
 * A state of a terminal: what is left of its language after what was read. What is final in it, or
 * once written, is read by any thread; the {@link Dfa} writes under its owner's lock.
 */
final class DfaState {

    static final DfaState DEAD = new DfaState(Regex.NOTHING, -1);

    final Regex regex;
    final int id;
    final boolean nullable;

    /** The one byte that it may go on with, where that shows in the expression; else -1. */
    final int only;

    /** Where {@link #only} leads. */
    DfaState next;

    /** By byte, where there is no {@link #only}; null: nobody asked yet. */
    DfaState[] row;

    /** What tokens it allows, when somebody asked. */
    Inner inner;

    /**
     * The state whose language has no upper counts and begins as this one's does for {@link #slack}
     * bytes, or this one if there is none; null: nobody asked yet.
     */
    DfaState free;

    /** The least upper count in the expression. */
    final int slack;

    /** 1: some string is in it; -1: none is; 0: not known yet. */
    byte alive;

    /** 1: a longer string than the empty one is in it; -1: none is; 0: not known yet. */
    byte goesOn;

    DfaState(Regex regex, int id) {
        this.regex = regex;
        this.id = id;
        this.nullable = regex.nullable;
        this.only = only(regex);
        this.slack = Near.slack(regex);
        this.free = slack == 0 ? this : null;
        this.alive = (byte) (regex == Regex.NOTHING ? -1 : regex.logical && !nullable ? 0 : 1);
        this.goesOn = (byte) (regex.logical ? 0 : shortestIsAll(regex) ? -1 : 1);
    }

    private static boolean shortestIsAll(Regex regex) {
        return regex == Regex.EMPTY || regex == Regex.NOTHING;
    }

    private static int only(Regex regex) {
        Regex head = regex.kind == Kind.SEQUENCE ? regex.parts[0] : regex;
        boolean one = head.kind == Kind.WORDS && head.to - head.from == 1 && !head.nullable;
        return one ? head.words.byteAt(head.from, head.offset) : -1;
    }

    /** Whether both are known to allow the same for so many bytes; never asks. */
    boolean isLike(DfaState other, int length) {
        return free == other && length <= slack;
    }

    boolean isDead() {
        return alive < 0;
    }

    /** The state after a byte, {@link #DEAD} where there is none, or null if nobody asked yet. */
    DfaState cached(int value) {
        if (only >= 0) {
            return value == only ? next : DEAD;
        }
        DfaState[] known = row;
        return known == null ? null : known[value];
    }
}
