package quire.generation;

import java.util.Arrays;
import java.util.List;
import quire.sampling.TokenLogprobs;

/**
 * A text of a search so far: a shorter one and a token behind it.
 *
 * @param shorter null for the text without a token, as is what follows
 * @param likeliest tokens that could come, among which the text's own has that place
 * @param length tokens, that which ends it included
 * @param logprob sum over its tokens
 */
record Beam(
        Beam shorter,
        TokenLogprobs likeliest,
        int place,
        int length,
        double logprob,
        double score,
        End end) {

    /** How a text ends, if it does. */
    enum End {
        NONE,
        EOS,
        STOP_TOKEN
    }

    /** The text without a token. */
    static final Beam EMPTY = new Beam(null, null, 0, 0, 0, 0, End.NONE);

    /** Its last token. */
    int tokenId() {
        return likeliest.topIds()[place];
    }

    /** Its tokens behind those of a prompt. */
    int[] behind(int... prompt) {
        int[] ids = Arrays.copyOf(prompt, prompt.length + length);
        for (Beam beam = this; beam.length > 0; beam = beam.shorter) {
            ids[prompt.length + beam.length - 1] = beam.tokenId();
        }
        return ids;
    }

    /** Log-probabilities of its tokens, each with so many of the likeliest. */
    List<TokenLogprobs> logprobs(int wanted) {
        TokenLogprobs[] all = new TokenLogprobs[length];
        for (Beam beam = this; beam.length > 0; beam = beam.shorter) {
            int numTop = Math.min(wanted, beam.likeliest.topIds().length);
            all[beam.length - 1] =
                    new TokenLogprobs(
                            beam.tokenId(),
                            beam.likeliest.topLogprobs()[beam.place],
                            beam.place + 1,
                            Arrays.copyOf(beam.likeliest.topIds(), numTop),
                            Arrays.copyOf(beam.likeliest.topLogprobs(), numTop));
        }
        return List.of(all);
    }
}
