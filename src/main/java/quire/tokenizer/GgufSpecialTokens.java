package quire.tokenizer;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import quire.error.CheckpointException;

/**
 * Which tokens of a GGUF vocabulary have a meaning of their own, and of which type each token is.
 *
 * <p>Converters write one id for the end and types that are often wrong, because llama.cpp also
 * goes by how a token is spelled ({@code src/llama-vocab.cpp}); its rules are these. Beyond them,
 * any {@code <|name|>} and the marks of turns that are spelled otherwise are never split as text:
 * no merge could make such a token, so somebody added it to be found whole.
 */
final class GgufSpecialTokens {

    /** A token that is spelled so ends a text, a turn or a message. */
    private static final List<String> ENDS =
            List.of(
                    "<|eot_id|>",
                    "<|im_end|>",
                    "<|end|>",
                    "<|return|>",
                    "<|call|>",
                    "<|flush|>",
                    "<|calls|>",
                    "<end_of_turn>",
                    "<|endoftext|>",
                    "</s>",
                    "<|eom_id|>",
                    "<EOT>",
                    "_<EOT>",
                    "[EOT]",
                    "[EOS]",
                    "<|end_of_text|>",
                    "<end_of_utterance>",
                    "<eos>",
                    "<turn|>",
                    "<|tool_response>",
                    "<\uFF5Cend\u2581of\u2581sentence\uFF5C>",
                    "[e~[");

    /** What ends a completion of code, by key; the spellings count where the key is absent. */
    private static final Map<String, List<String>> CODE_ENDS =
            Map.of(
                    "fim_pad_token_id",
                    List.of("<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"),
                    "fim_rep_token_id",
                    List.of("<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>"),
                    "fim_sep_token_id",
                    List.of("<|file_sep|>"));

    /** Marks inside an answer that its reader wants to see: those of the harmony format. */
    private static final List<String> SHOWN =
            List.of("<|channel|>", "<|message|>", "<|start|>", "<|constrain|>");

    private static final Set<String> MARKS =
            Set.of("<s>", "<bos>", "<start_of_turn>", "[INST]", "[/INST]");

    private static final Pattern MARK = Pattern.compile("<([|\uFF5C])[^<>|\uFF5C\\s]{1,64}\\1>");

    private static final Pattern BYTE = Pattern.compile("<0x[0-9A-F]{2}>");

    private final GgufTokenizerKeys keys;
    private final List<String> tokens;
    private final boolean scored;
    private final OptionalInt unk;
    private final Map<String, Integer> ids;
    private final TreeSet<Integer> spelledEnds = new TreeSet<>();

    /**
     * @param scored whether it is a SentencePiece vocabulary, whose ids have defaults
     */
    GgufSpecialTokens(GgufTokenizerKeys keys, List<String> tokens, boolean scored) {
        this.keys = keys;
        this.tokens = tokens;
        this.scored = scored;
        this.unk = id("unknown_token_id", 0);
        this.ids = HashMap.newHashMap(tokens.size());
        for (int id = 0; id < tokens.size(); id++) {
            ids.putIfAbsent(tokens.get(id), id);
        }
        addAll(ENDS, spelledEnds);
        if (messagesEndInside()) {
            spelledEnds.remove(ids.get("<|end|>"));
        }
        // Where the end has another name, this one is a tag of HTML.
        if (ids.containsKey("</s>")
                && (ids.containsKey("<eos>") || ids.containsKey("<|tool_response>"))) {
            spelledEnds.remove(ids.get("</s>"));
        }
    }

    /** In the harmony format an answer is several messages, and {@code <|end|>} ends each. */
    private boolean messagesEndInside() {
        boolean call = ids.containsKey("<|call|>") || ids.containsKey("<|calls|>");
        return ids.containsKey("<|end|>")
                && call
                && (ids.containsKey("<|return|>") || ids.containsKey("<|flush|>"));
    }

    private void addAll(List<String> spellings, Set<Integer> to) {
        for (String spelling : spellings) {
            if (ids.containsKey(spelling)) {
                to.add(ids.get(spelling));
            }
        }
    }

    /** What the file names, and every end; ids beyond the vocabulary are none. */
    SpecialTokens specialTokens() {
        OptionalInt bos = id("bos_token_id", 1);
        OptionalInt eos = id("eos_token_id", 2);
        TreeSet<Integer> ends = new TreeSet<>(spelledEnds);
        eos.ifPresent(ends::add);
        id("eot_token_id", -1).ifPresent(ends::add);
        id("eom_token_id", -1).ifPresent(ends::add);
        for (long id : keys.array("eos_token_ids", long[].class).orElse(new long[0])) {
            if (id >= 0 && id < tokens.size()) {
                ends.add((int) id);
            }
        }
        CODE_ENDS.forEach(
                (key, spellings) -> {
                    if (keys.has(key)) {
                        id(key, -1).ifPresent(ends::add);
                    } else {
                        addAll(spellings, ends);
                    }
                });
        return new SpecialTokens(bos, eos, List.copyOf(ends), named(bos, eos));
    }

    private Map<String, Object> named(OptionalInt bos, OptionalInt eos) {
        Map<String, OptionalInt> idOf = new LinkedHashMap<>();
        idOf.put("bos_token", bos);
        idOf.put("eos_token", eos);
        idOf.put("unk_token", unk);
        // The key is spelled so in the format.
        idOf.put("sep_token", id("seperator_token_id", -1));
        idOf.put("pad_token", id("padding_token_id", -1));
        idOf.put("cls_token", id("cls_token_id", -1));
        idOf.put("mask_token", id("mask_token_id", -1));
        Map<String, Object> named = new LinkedHashMap<>();
        idOf.forEach((name, id) -> id.ifPresent(at -> named.put(name, tokens.get(at))));
        return named;
    }

    /** The token of characters without one. */
    OptionalInt unk() {
        return unk;
    }

    private OptionalInt id(String key, int ofScored) {
        return keys.id(key, scored ? ofScored : -1, tokens.size());
    }

    /**
     * The type of every token, by id.
     *
     * @throws CheckpointException if the file has fewer types than tokens
     */
    int[] types(SpecialTokens special) {
        int[] types = keys.array("token_type", long[].class).map(this::written).orElse(null);
        if (types == null) {
            types = guessed(special);
        }
        for (int id = 0; id < types.length; id++) {
            boolean split =
                    types[id] == GgufVocabulary.NORMAL || types[id] == GgufVocabulary.UNUSED;
            if (split && isMark(tokens.get(id))) {
                types[id] = GgufVocabulary.CONTROL;
            }
        }
        for (int end : spelledEnds) {
            types[end] = GgufVocabulary.CONTROL;
        }
        TreeSet<Integer> shown = new TreeSet<>();
        addAll(SHOWN, shown);
        if (messagesEndInside()) {
            shown.add(ids.get("<|end|>"));
        }
        for (int id : shown) {
            types[id] = GgufVocabulary.USER_DEFINED;
        }
        return types;
    }

    private int[] written(long[] types) {
        if (types.length < tokens.size()) {
            throw new CheckpointException(
                    "The GGUF file has "
                            + types.length
                            + " values in "
                            + GgufTokenizerKeys.PREFIX
                            + "token_type for "
                            + tokens.size()
                            + " tokens; convert the model again.");
        }
        return Arrays.stream(types)
                .limit(tokens.size())
                .mapToInt(
                        type ->
                                type > 0 && type <= GgufVocabulary.BYTE
                                        ? (int) type
                                        : GgufVocabulary.NORMAL)
                .toArray();
    }

    /** Of a file that is older than token types: ids and spellings are all there is. */
    private int[] guessed(SpecialTokens special) {
        int[] types = new int[tokens.size()];
        Arrays.fill(types, GgufVocabulary.NORMAL);
        for (int id = 0; scored && id < types.length; id++) {
            if (BYTE.matcher(tokens.get(id)).matches()) {
                types[id] = GgufVocabulary.BYTE;
            }
        }
        special.bos().ifPresent(id -> types[id] = GgufVocabulary.CONTROL);
        special.eos().ifPresent(id -> types[id] = GgufVocabulary.CONTROL);
        unk.ifPresent(id -> types[id] = GgufVocabulary.UNKNOWN);
        return types;
    }

    private static boolean isMark(String token) {
        return MARKS.contains(token)
                || token.length() > 4 && token.charAt(0) == '<' && MARK.matcher(token).matches();
    }
}
