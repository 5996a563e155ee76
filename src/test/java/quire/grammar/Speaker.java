package quire.grammar;

import static java.nio.charset.StandardCharsets.UTF_8;

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
        matcher = CompiledGrammar.compile(grammar, BYTES).newMatcher();
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
}
