package quire.tokenizer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How a byte-level vocabulary in a GGUF file splits texts before it merges, by the name in {@code
 * tokenizer.ggml.pre}.
 *
 * <p>The names, and what each implies, are those of llama.cpp ({@code src/llama-vocab.cpp}); the
 * patterns are those of the models' own tokenizer.json where that has them.
 *
 * @param patterns each splits the pieces that the one before left; matches are pieces, and so is
 *     what lies between them
 * @param wholeTokensFirst whether a piece that is a token is not merged any more
 * @param addBos whether the bos token begins a text unless the file says otherwise
 */
record GgufPreTokenizer(List<String> patterns, boolean wholeTokensFirst, boolean addBos) {

    private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private static final String SPACES = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String SYMBOLS = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*";
    private static final String WORDS = "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
    private static final String HAN_AND_HANGUL = "[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+";

    private static final String GPT2 =
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+"
                    + "| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

    private static final String CASED_WORDS =
            "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*"
                    + "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+%1$s"
                    + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+"
                    + "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*%1$s";

    /** The letters of deepseek-llm, which lists the cased scripts of Unicode range by range. */
    private static final String CASED_LETTERS =
            "A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-\u0293"
                    + "\u0295-\u02AF\u0370-\u0373\u0376\u0377\u037B-\u037D\u037F\u0386"
                    + "\u0388-\u038A\u038C\u038E-\u03A1\u03A3-\u03F5\u03F7-\u0481\u048A-\u052F"
                    + "\u0531-\u0556\u10A0-\u10C5\u13A0-\u13F5\u13F8-\u13FD\u1C90-\u1CBA"
                    + "\u1CBD-\u1CBF\u1D00-\u1D2B\u1D6B-\u1D77\u1D79-\u1D9A\u1E00-\u1F15"
                    + "\u1F18-\u1F1D\u1F20-\u1F45\u1F48-\u1F4D\u1F50-\u1F57\u1F59\u1F5B\u1F5D"
                    + "\u1F5F-\u1F7D\u1F80-\u1FB4\u1FB6-\u1FBC\u1FBE\u1FC2-\u1FC4\u1FC6-\u1FCC"
                    + "\u1FD0-\u1FD3\u1FD6-\u1FDB\u1FE0-\u1FEC\u1FF2-\u1FF4\u1FF6-\u1FFC\u2102"
                    + "\u2107\u210A-\u2113\u2115\u2119-\u211D\u2124\u2126\u2128\u212A-\u212D"
                    + "\u212F-\u2134\u2139\u213C-\u213F\u2145-\u2149\u214E\u2183\u2184"
                    + "\u2C00-\u2C7B\u2C7E-\u2CE4\u2CEB-\u2CEE\u2CF2\u2CF3\uA640-\uA66D"
                    + "\uA680-\uA69B\uA722-\uA76F\uA771-\uA787\uA78B-\uA78E\uAB70-\uABBF"
                    + "\uFB00-\uFB06\uFB13-\uFB17\uFF21-\uFF3A\uFF41-\uFF5A"
                    + "\\x{10400}-\\x{1044F}\\x{104B0}-\\x{104D3}\\x{104D8}-\\x{104FB}"
                    + "\\x{10C80}-\\x{10CB2}\\x{10CC0}-\\x{10CF2}\\x{118A0}-\\x{118DF}"
                    + "\\x{1E900}-\\x{1E943}";

    private static final Map<String, GgufPreTokenizer> BY_NAME = new LinkedHashMap<>();

    static {
        put("default", of("[\\p{P}\\$\\+<=>\\^~\\|]+", GPT2, "\\p{N}+", "[0-9][0-9][0-9]"));
        GgufPreTokenizer gpt2 = of(GPT2);
        for (String name :
                List.of(
                        "gpt-2",
                        "phi-2",
                        "mpt",
                        "olmo",
                        "jais",
                        "gigachat",
                        "trillion",
                        "exaone4",
                        "mellum",
                        "granite-docling",
                        "a.x-4.0")) {
            put(name, gpt2);
        }
        GgufPreTokenizer threeDigits =
                of(join(CONTRACTIONS, WORDS, "\\p{N}{1,3}", SYMBOLS, SPACES));
        for (String name :
                List.of(
                        "llama-bpe",
                        "llama3",
                        "llama-v3",
                        "falcon3",
                        "falcon-h1",
                        "pixtral",
                        "midm-2.0",
                        "lfm2")) {
            put(name, new GgufPreTokenizer(threeDigits.patterns, true, true));
        }
        for (String name : List.of("dbrx", "smaug-bpe", "glm4", "chatglm-bpe")) {
            put(name, threeDigits);
        }
        GgufPreTokenizer oneDigit = of(join(CONTRACTIONS, WORDS, "\\p{N}", SYMBOLS, SPACES));
        for (String name :
                List.of(
                        "qwen2",
                        "deepseek-r1-qwen",
                        "megrez",
                        "kormo",
                        "stablelm2",
                        "hunyuan",
                        "solar-open",
                        "grok-2")) {
            put(name, oneDigit);
        }
        put(
                "qwen35",
                of(
                        join(
                                CONTRACTIONS,
                                "[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+",
                                "\\p{N}",
                                " ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*",
                                SPACES)));
        GgufPreTokenizer digitsApart = of("\\p{N}", GPT2);
        for (String name :
                List.of(
                        "smollm",
                        "starcoder",
                        "refact",
                        "command-r",
                        "codeshell",
                        "exaone",
                        "minerva-7b",
                        "mellum2")) {
            put(name, digitsApart);
        }
        put("falcon", of("[\\p{P}\\$\\+<=>\\^~\\|`]+", GPT2, "[0-9][0-9][0-9]"));
        put(
                "deepseek-llm",
                of(
                        "[\\r\\n]",
                        "\\s?[" + CASED_LETTERS + "]+",
                        "\\s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+",
                        SplitBudget.linear("\\s+$"),
                        HAN_AND_HANGUL,
                        "\\p{N}+"));
        put(
                "deepseek-coder",
                of("[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", HAN_AND_HANGUL, "\\p{N}"));
        GgufPreTokenizer deepseekV3 =
                of(
                        "\\p{N}{1,3}",
                        "[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+",
                        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
                                + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|"
                                + SPACES);
        put("deepseek-v3", deepseekV3);
        put("hunyuan-dense", deepseekV3);
        put("joyai-llm", deepseekV3);
        String slashed = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*";
        put(
                "tekken",
                new GgufPreTokenizer(
                        List.of(join(CASED_WORDS.formatted(""), "\\p{N}", slashed, SPACES)),
                        true,
                        true));
        GgufPreTokenizer gpt4o =
                of(join(CASED_WORDS.formatted(CONTRACTIONS + "?"), "\\p{N}{1,3}", slashed, SPACES));
        for (String name : List.of("gpt-4o", "llama4", "kanana2", "minimax-m2")) {
            put(name, gpt4o);
        }
        put(
                "seed-coder",
                of(join(CONTRACTIONS, WORDS, "\\p{N}", " ?[^\\s\\p{L}\\p{N}\\r\\n]+", SPACES)));
    }

    private static void put(String name, GgufPreTokenizer preTokenizer) {
        BY_NAME.put(name, preTokenizer);
    }

    private static GgufPreTokenizer of(String... patterns) {
        return new GgufPreTokenizer(List.of(patterns), false, false);
    }

    private static String join(String... alternatives) {
        return String.join("|", alternatives);
    }

    static Optional<GgufPreTokenizer> named(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    /** The known names, related ones side by side. */
    static List<String> names() {
        return new ArrayList<>(BY_NAME.keySet());
    }

    /** Whether models under this name never begin a text with bos, whatever their file says. */
    static boolean hasNoBos(String name) {
        return Set.of("glm4", "chatglm-bpe").contains(name);
    }
}
