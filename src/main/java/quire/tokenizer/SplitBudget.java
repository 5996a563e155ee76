package quire.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import quire.error.InvalidRequestException;

/**
 * Keeps texts away from a tokenizer whose patterns would split them in quadratic time.
 *
 * <p>The tokenizers library matches with a backtracking engine that cannot be interrupted: {@code
 * \s+$} looks through a run of spaces once from each of them. Java's engine backtracks alike, and
 * how often it looks at a character can be counted. Patterns that pass trials with hostile texts,
 * as those of all published tokenizers do once {@link #linear} has seen them, cost nothing more;
 * texts for the others are matched here first, within a budget that grows with their length.
 *
 * @param costly patterns that failed a trial
 */
record SplitBudget(List<Pattern> costly) {

    /** Published patterns take about 30 for a character in the worst of the trials. */
    static final int LOOKS_PER_CHAR = 150;

    /** Shorter texts are split in some milliseconds whatever the pattern. */
    static final int MIN_CHARS = 1 << 11;

    private static final int FREE_LOOKS = 1 << 23;
    private static final int TRIAL_CHARS = 500;

    private static final Pattern PROPERTY = Pattern.compile("\\\\p\\{(\\w{3,})\\}");

    private static final List<String> TRIAL_UNITS =
            List.of(
                    " ",
                    "\n",
                    "\r",
                    "\t",
                    "\u00A0",
                    "a",
                    "A",
                    "7",
                    "!",
                    "'",
                    "/",
                    "\u0301",
                    "\u4E2D",
                    "\u0645",
                    "\u00BD",
                    "\u200D",
                    "\uD83D\uDE42",
                    " \n",
                    "\n ",
                    "Aa",
                    "a1",
                    "a!",
                    " a",
                    "'s",
                    "e\u0301",
                    "\u4E2D ",
                    "<|");

    private static final List<String> TRIAL_TAILS =
            List.of("", "x", "X", "7", "!", "\u4E2D", "\u0645", "\u0301", "\uD83D\uDE42", "\n");

    SplitBudget {
        costly = List.copyOf(costly);
    }

    /** Tries patterns as a tokenizer.json has them. */
    static SplitBudget of(List<String> patterns) {
        List<Pattern> costly = new ArrayList<>();
        for (String pattern : patterns) {
            compiled(pattern).filter(SplitBudget::failsATrial).ifPresent(costly::add);
        }
        return new SplitBudget(costly);
    }

    /**
     * A pattern that matches the same and looks at each character a few times at most; most are so
     * already. The leftmost match of {@code \s+$} always starts where a run of spaces does.
     */
    static String linear(String pattern) {
        return pattern.equals("\\s+$") ? "(?<!\\s)\\s++$" : pattern;
    }

    /** The pattern in Java's spelling; none where Java has none for it, which is not guarded. */
    private static Optional<Pattern> compiled(String pattern) {
        try {
            String java = PROPERTY.matcher(pattern).replaceAll(SplitBudget::property);
            return Optional.of(
                    Pattern.compile(java, Pattern.UNICODE_CHARACTER_CLASS | Pattern.MULTILINE));
        } catch (PatternSyntaxException e) {
            return Optional.empty();
        }
    }

    /** Java calls the script {@code \p{Han}} by the name {@code \p{IsHan}}. */
    private static String property(MatchResult property) {
        try {
            Character.UnicodeScript.forName(property.group(1));
            return "\\\\p{Is" + property.group(1) + "}";
        } catch (IllegalArgumentException e) {
            return Matcher.quoteReplacement(property.group());
        }
    }

    private static boolean failsATrial(Pattern pattern) {
        for (String unit : TRIAL_UNITS) {
            String run = unit.repeat(TRIAL_CHARS / unit.length());
            for (String tail : TRIAL_TAILS) {
                String text = run + tail;
                if (!fits(pattern, text, (long) text.length() * LOOKS_PER_CHAR)) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * @throws InvalidRequestException if splitting the text would take more than its share
     */
    void check(String text) {
        for (Pattern pattern : costly) {
            if (!fits(pattern, text, FREE_LOOKS + (long) text.length() * LOOKS_PER_CHAR)) {
                throw new InvalidRequestException(
                        "",
                        "The text of "
                                + text.length()
                                + " characters has runs of one kind of character, such as spaces,"
                                + " that this model's tokenizer would split for minutes; shorten"
                                + " them.");
            }
        }
    }

    private static boolean fits(Pattern pattern, String text, long looks) {
        Matcher matcher = pattern.matcher(new CountedText(text, new Looks(looks)));
        try {
            while (matcher.find()) {
                // Only the looks matter.
            }
            return true;
        } catch (OutOfLooks e) {
            return false;
        } catch (StackOverflowError e) {
            // Java recurses where the library does not, so this says nothing about the library.
            return true;
        }
    }

    /** What is left of a budget. */
    private static final class Looks {

        private long left;

        Looks(long left) {
            this.left = left;
        }
    }

    private static final class OutOfLooks extends RuntimeException {

        private static final long serialVersionUID = 1;

        OutOfLooks() {
            super("out of looks", null, false, false);
        }
    }

    /** A text that counts how often somebody looks at a character of it. */
    private record CountedText(String text, Looks looks) implements CharSequence {

        @Override
        public char charAt(int index) {
            if (--looks.left < 0) {
                throw new OutOfLooks();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new CountedText(text.substring(start, end), looks);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
