package quire.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import quire.golden.GoldenData;

/**
 * A golden checkpoint of a megabyte with a tokenizer of bytes: a whole model that loads at once.
 */
final class TinyModel {

    private static final List<String> FILES =
            List.of("config.json", "generation_config.json", "model.safetensors");
    private static final int NUM_SPECIAL = 3;

    private TinyModel() {}

    /** Puts it into a folder. */
    static Path in(Path folder) throws IOException {
        Path golden = GoldenData.golden().resolve("checkpoints/llama");
        for (String file : FILES) {
            Files.copy(golden.resolve(file), folder.resolve(file));
        }
        Files.writeString(folder.resolve("tokenizer.json"), tokenizer());
        return folder;
    }

    /** Each byte of UTF-8 is a token, named as GPT-2 does; no merges. */
    private static String tokenizer() {
        int[] others = {0};
        String bytes =
                IntStream.range(0, 256)
                        .mapToObj(
                                b ->
                                        "\"\\u%04x\": %d"
                                                .formatted(
                                                        isPrintable(b) ? b : 256 + others[0]++,
                                                        NUM_SPECIAL + b))
                        .collect(Collectors.joining(", "));
        String special =
                IntStream.range(0, NUM_SPECIAL)
                        .mapToObj(
                                id ->
                                        """
                                        {"id": %d, "content": "<%d>", "single_word": false,
                                         "lstrip": false, "rstrip": false, "normalized": false,
                                         "special": true}\
                                        """
                                                .formatted(id, id))
                        .collect(Collectors.joining(", "));
        return """
        {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [%s],
         "normalizer": null,
         "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
                           "use_regex": false},
         "post_processor": null,
         "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
                     "use_regex": false},
         "model": {"type": "BPE", "dropout": null, "unk_token": null,
                   "continuing_subword_prefix": null, "end_of_word_suffix": null,
                   "fuse_unk": false, "byte_fallback": false,
                   "vocab": {%s}, "merges": []}}
        """
                .formatted(special, bytes);
    }

    private static boolean isPrintable(int b) {
        return b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
    }
}
