package quire.tokenizer;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The tokens with a meaning of their own, as far as a model's files name them.
 *
 * @param bos the id that begins a text
 * @param eos the id that ends a text, or an answer in files for chats
 * @param ends ids after which nothing is generated, ascending, {@code eos} among them
 * @param named what chat templates know them by, such as {@code unk_token}: texts, or lists of
 *     texts
 */
public record SpecialTokens(
        OptionalInt bos, OptionalInt eos, List<Integer> ends, Map<String, Object> named) {

    public SpecialTokens {
        ends = List.copyOf(ends);
        named = Map.copyOf(named);
    }
}
