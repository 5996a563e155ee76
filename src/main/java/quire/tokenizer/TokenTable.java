package quire.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What every token id stands for, computed once; immutable and shared by all sequences.
 *
 * <p>A token that is characters by itself is kept as one string, so that appending it to a text
 * allocates nothing; a token with half a character in it is kept as bytes.
 */
final class TokenTable {

    private static final byte[] NO_BYTES = {};

    private final DecoderChain decoder;
    private final String[] tokens;
    private final String[] texts;
    private final byte[][] bytes;
    private final BitSet special;
    private final Map<String, Integer> ids;

    /**
     * @param tokens by id as the vocabulary spells them; null where no token has the id; taken over
     * @param special ids of the special tokens; taken over
     */
    TokenTable(String[] tokens, BitSet special, DecoderChain decoder) {
        this.decoder = decoder;
        this.tokens = tokens;
        this.special = special;
        this.texts = new String[tokens.length];
        this.bytes = new byte[tokens.length][];
        this.ids = HashMap.newHashMap(tokens.length);
        for (int id = 0; id < tokens.length; id++) {
            String token = tokens[id];
            if (token == null) {
                continue;
            }
            ids.put(token, id);
            DecoderChain.Piece piece = decoder.piece(token, false);
            texts[id] = piece.text().orElse(null);
            bytes[id] = piece.bytes().orElse(null);
        }
    }

    int size() {
        return tokens.length;
    }

    DecoderChain decoder() {
        return decoder;
    }

    Optional<String> token(int id) {
        return isKnown(id) ? Optional.of(tokens[id]) : Optional.empty();
    }

    Optional<Integer> id(String token) {
        return Optional.ofNullable(ids.get(token));
    }

    boolean isKnown(int id) {
        return id >= 0 && id < tokens.length && tokens[id] != null;
    }

    boolean isSpecial(int id) {
        return id >= 0 && special.get(id);
    }

    /** Whether the token is characters by itself; the others are bytes, or not known. */
    boolean isText(int id) {
        return isKnown(id) && texts[id] != null;
    }

    /** The characters of a token for which {@link #isText} holds. */
    String text(int id) {
        return texts[id];
    }

    /** The bytes of a known token for which {@link #isText} does not hold; not to be modified. */
    byte[] rawBytes(int id) {
        return bytes[id];
    }

    /** A copy of the bytes of any token; none of one that is not known. */
    byte[] bytes(int id) {
        if (!isKnown(id)) {
            return NO_BYTES;
        }
        return texts[id] != null ? texts[id].getBytes(StandardCharsets.UTF_8) : bytes[id].clone();
    }
}
