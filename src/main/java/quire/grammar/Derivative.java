package quire.grammar;

import java.util.ArrayList;
import java.util.List;
import quire.grammar.Regex.Kind;

/**
 * What a language leaves open after a byte (Brzozowski's derivative), and which other bytes would
 * have left the same. Not thread-safe.
 */
final class Derivative {

    private ByteSet alike = ByteSet.ALL;

    /** The derivative of {@code regex} by the byte {@code value}. */
    Regex of(Regex regex, int value, Budget budget) {
        alike = ByteSet.ALL;
        return derive(regex, value, budget);
    }

    /** Bytes, the last one given among them, whose derivative is the last one returned. */
    ByteSet alike() {
        return alike;
    }

    private Regex derive(Regex regex, int value, Budget budget) {
        // Parts are sorted, and expressions made of them.
        budget.spend(1 + 4L * regex.parts.length);
        return switch (regex.kind) {
            case NOTHING, EMPTY -> Regex.NOTHING;
            case WORDS -> words(regex, value);
            case SET -> {
                boolean has = regex.set.has(value);
                alike = alike.and(has ? regex.set : regex.set.not());
                yield has ? Regex.EMPTY : Regex.NOTHING;
            }
            case SEQUENCE -> sequence(regex, value, budget);
            case CHOICE -> Combine.choice(each(regex, value, budget));
            case BOTH -> Combine.both(each(regex, value, budget));
            case NOT -> Combine.not(derive(regex.parts[0], value, budget));
            case REPEAT -> {
                Regex once = derive(regex.parts[0], value, budget);
                yield Combine.sequence(once, again(regex));
            }
        };
    }

    /** The repetition when it was begun once more. */
    private static Regex again(Regex repeat) {
        int max = repeat.to < 0 ? -1 : repeat.to - 1;
        int min = Math.max(0, repeat.from - 1);
        return max == repeat.to && min == repeat.from
                ? repeat
                : Combine.repeat(repeat.parts[0], min, max);
    }

    private Regex words(Regex regex, int value) {
        Words words = regex.words;
        int from = regex.from + (words.endsAt(regex.from, regex.offset) ? 1 : 0);
        int first = words.firstNotBelow(value, from, regex.to, regex.offset);
        int last = words.firstNotBelow(value + 1, first, regex.to, regex.offset);
        alike =
                alike.and(
                        first < last
                                ? ByteSet.of(value)
                                : words.bytesAt(from, regex.to, regex.offset).not());
        return Combine.words(words, first, last, regex.offset + 1);
    }

    private Regex sequence(Regex regex, int value, Budget budget) {
        List<Regex> choices = new ArrayList<>();
        Regex at = regex;
        while (at.kind == Kind.SEQUENCE) {
            budget.spend(1);
            Regex head = derive(at.parts[0], value, budget);
            if (head != Regex.NOTHING) {
                choices.add(Combine.sequence(head, at.parts[1]));
            }
            if (!at.parts[0].nullable) {
                return choices.isEmpty()
                        ? Regex.NOTHING
                        : choices.size() == 1 ? choices.getFirst() : Combine.choice(choices);
            }
            at = at.parts[1];
        }
        choices.add(derive(at, value, budget));
        return Combine.choice(choices);
    }

    private List<Regex> each(Regex regex, int value, Budget budget) {
        List<Regex> derivatives = new ArrayList<>(regex.parts.length);
        for (Regex part : regex.parts) {
            Regex derivative = derive(part, value, budget);
            // Of nothing, a choice keeps nothing, and a conjunction all that there is to know.
            if (derivative != Regex.NOTHING || regex.kind == Kind.BOTH) {
                derivatives.add(derivative);
            }
        }
        return derivatives;
    }
}
