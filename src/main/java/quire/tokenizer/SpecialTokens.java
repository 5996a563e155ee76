package quire.tokenizer;

import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * The ids of the tokens with a meaning of their own, as far as a model's files name them.
 *
 * @param bos begins a text
 * @param eos ends a text, or an answer in files for chats
 * @param pad fills a batch up
 * @param eot ends a turn; named in GGUF files alone
 * @param eom ends a message that expects a tool's answer; named in GGUF files alone
 */
public record SpecialTokens(
        OptionalInt bos, OptionalInt eos, OptionalInt pad, OptionalInt eot, OptionalInt eom) {

    /** The ids after which nothing is generated, ascending: eos, eot and eom. */
    public int[] ends() {
        return Stream.of(eos, eot, eom)
                .flatMapToInt(OptionalInt::stream)
                .distinct()
                .sorted()
                .toArray();
    }
}
