package quire.grammar.regex;

import java.util.Random;

/**
 * A random regular expression, as it is and in a form in which Java's engine, the oracle, means the
 * same by it.
 */
record RandomPattern(String pattern, String oracle) {

    private static final String[] ATOMS = {
        "a",
        "b",
        "0",
        "_",
        " ",
        "é",
        "\\n",
        ".",
        "\\w",
        "\\W",
        "\\d",
        "\\D",
        "[ab]",
        "[^a]",
        "[a-b0]",
        "[^\\w]",
        "[\\d_]",
        "[\\W0]",
        "\\x61",
        "\\u00e9",
        "[\\u0061-\\u0062-]",
        "\\.",
        "\\p{L}",
        "\\P{L}",
        "\\p{Nd}",
        "[\\p{Lu}b]",
    };
    private static final String[] QUANTIFIERS = {
        "*", "+", "?", "{2}", "{1,2}", "{0,3}", "{2,}", "*?", "+?", "??", "{1,2}?",
    };

    static RandomPattern of(Random random) {
        return alternatives(random, 3, true);
    }

    /** One without assertions, whose meaning is the same wherever it stands. */
    static RandomPattern plain(Random random) {
        return alternatives(random, 3, false);
    }

    private static RandomPattern alternatives(Random random, int depth, boolean assertions) {
        RandomPattern all = sequence(random, depth, assertions);
        while (random.nextInt(4) == 0) {
            RandomPattern next = sequence(random, depth, assertions);
            all =
                    new RandomPattern(
                            all.pattern + "|" + next.pattern, all.oracle + "|" + next.oracle);
        }
        return all;
    }

    private static RandomPattern sequence(Random random, int depth, boolean assertions) {
        RandomPattern all = new RandomPattern("", "");
        int length = random.nextInt(4);
        for (int i = 0; i < length; i++) {
            RandomPattern item = item(random, depth, assertions);
            all = new RandomPattern(all.pattern + item.pattern, all.oracle + item.oracle);
        }
        return all;
    }

    private static RandomPattern item(Random random, int depth, boolean assertions) {
        if (assertions && random.nextInt(4) == 0) {
            return assertion(random, depth);
        }
        RandomPattern atom;
        if (depth > 0 && random.nextInt(4) == 0) {
            String open = new String[] {"(", "(?:", "(?<n" + random.nextInt() + ">"}[0];
            // What is repeated has no assertions: these are told apart elsewhere.
            RandomPattern body =
                    alternatives(random, depth - 1, assertions && random.nextBoolean());
            atom = new RandomPattern(open + body.pattern + ")", open + body.oracle + ")");
        } else {
            String text = ATOMS[random.nextInt(ATOMS.length)];
            String same = text.equals(".") ? "[^\\n]" : text;
            atom = new RandomPattern(text, same);
        }
        if (random.nextInt(3) > 0) {
            return atom;
        }
        String quantifier = QUANTIFIERS[random.nextInt(QUANTIFIERS.length)];
        return new RandomPattern(atom.pattern + quantifier, atom.oracle + quantifier);
    }

    private static RandomPattern assertion(Random random, int depth) {
        return switch (random.nextInt(6)) {
            case 0 -> new RandomPattern("^", "\\A");
            case 1 -> new RandomPattern("$", "\\z");
            case 2 -> new RandomPattern("\\b", "(?:(?<=\\w)(?!\\w)|(?<!\\w)(?=\\w))");
            case 3 -> new RandomPattern("\\B", "(?:(?<=\\w)(?=\\w)|(?<!\\w)(?!\\w))");
            default -> {
                String open = random.nextBoolean() ? "(?=" : "(?!";
                RandomPattern body = alternatives(random, Math.max(0, depth - 1), true);
                yield new RandomPattern(open + body.pattern + ")", open + body.oracle + ")");
            }
        };
    }

    /** A text of few letters, so that it matches about as often as it does not. */
    static String text(Random random) {
        String letters = "aab0_ é\n.B";
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(8);
        for (int i = 0; i < length; i++) {
            text.append(letters.charAt(random.nextInt(letters.length())));
        }
        return text.toString();
    }
}
