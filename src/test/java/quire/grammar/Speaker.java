package quire.grammar;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Says texts to a grammar byte by byte, over a vocabulary of single bytes and some special tokens.
 */
public final class Speaker {

    /** The token that ends a text. */
    private static final int END = 256;

    /** The first of the special tokens, which have no bytes. */
    public static final int SPECIAL = 257;

    private static final Vocabulary BYTES =
            Vocabulary.of(
                    IntStream.range(0, SPECIAL + 8)
                            .mapToObj(id -> id < END ? new byte[] {(byte) id} : null)
                            .toArray(byte[][]::new),
                    new int[] {END});

    private final Matcher matcher;

    public Speaker(Grammar grammar) {
        this(CompiledGrammar.compile(grammar, BYTES).newMatcher());
    }

    private Speaker(Matcher matcher) {
        this.matcher = matcher;
    }

    /** Whether the whole text is one of the grammar's. */
    public static boolean accepts(Grammar grammar, String text) {
        Speaker speaker = new Speaker(grammar);
        return speaker.say(text) && speaker.mayEnd();
    }

    /** Whether some text of the grammar begins so. */
    public static boolean begins(Grammar grammar, String text) {
        return new Speaker(grammar).say(text);
    }

    /** Goes on; whether all of it was allowed. */
    public boolean say(String text) {
        for (byte value : text.getBytes(UTF_8)) {
            if (!matcher.accept(value & 0xff)) {
                return false;
            }
        }
        return true;
    }

    /** Goes on with a special token. */
    public boolean sayToken(int id) {
        return matcher.accept(id);
    }

    public boolean mayEnd() {
        return matcher.mayEnd();
    }

    /**
     * Says something that the grammar allows, by a die: a byte at a time, or a phrase where one
     * fits.
     *
     * @param phrases special tokens of the grammar, by their texts, are said as tokens
     * @param shortly so many bytes on, it says what closes something wherever it may
     * @return the text; empty if it has not come to an end by four times as many
     */
    public static Optional<String> babble(
            Grammar grammar,
            List<String> phrases,
            Map<String, Integer> special,
            Random random,
            int shortly) {
        CompiledGrammar compiled = CompiledGrammar.compile(grammar, BYTES);
        Matcher matcher = compiled.newMatcher();
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        long[] mask = new long[Math.ceilDiv(SPECIAL + 8, Long.SIZE)];
        while (said.size() < 4 * shortly) {
            boolean isLate = said.size() > shortly;
            if (matcher.mustEnd() || matcher.mayEnd() && (isLate || random.nextInt(3) == 0)) {
                return Optional.of(said.toString(UTF_8));
            }
            String phrase = phrases.get(random.nextInt(phrases.size()));
            Speaker ahead = new Speaker(matcher.copy());
            if (random.nextInt(isLate ? 2 : 6) == 0 && ahead.say(phrase)) {
                said.writeBytes(phrase.getBytes(UTF_8));
                matcher = ahead.matcher;
                continue;
            }
            matcher.fillMask(mask);
            BitSet allowed = BitSet.valueOf(mask);
            allowed.clear(END);
            if (allowed.isEmpty()) {
                throw new AssertionError("nothing goes on behind " + said);
            }
            int token = isLate ? closing(allowed) : -1;
            if (token < 0) {
                int[] ids =
                        allowed.stream().filter(id -> id < 128 || random.nextInt(8) == 0).toArray();
                ids = ids.length == 0 ? allowed.stream().toArray() : ids;
                token = ids[random.nextInt(ids.length)];
            }
            if (!matcher.accept(token)) {
                throw new AssertionError("the mask allows " + token + " behind " + said);
            }
            if (token < END) {
                said.write(token);
            } else {
                int id = token;
                special.forEach(
                        (name, own) -> {
                            if (own == id) {
                                said.writeBytes(name.getBytes(UTF_8));
                            }
                        });
            }
        }
        return Optional.empty();
    }

    private static int closing(BitSet allowed) {
        for (char c : "\"}])<".toCharArray()) {
            if (allowed.get(c)) {
                return c;
            }
        }
        return -1;
    }
}
