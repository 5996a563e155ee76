package quire.settings;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import quire.engine.ChatRenderer;
import quire.engine.EngineConfig.BackendChoice;
import quire.engine.EngineConfig.ElementType;
import quire.error.Setting;
import quire.reasoning.ReasoningFormat;
import quire.sampling.SamplingParams;
import quire.toolcall.ToolCallFormat;

/**
 * The flags of {@code quire serve}, one a row, in the order of its help; {@code quire run} has
 * those that concern the engine. What other programs call so is in {@link Elsewhere}. A new flag is
 * a row here, its use ({@code settings.of(Flags.NAME)}), and a line of {@code docs/flags.md} that
 * {@code FlagsDocumentTest} writes.
 */
public final class Flags {

    private static final Map<String, Flag<?>> SUPPORTED = new LinkedHashMap<>();

    private static final Map<String, ElementType> TYPES =
            Map.of(
                    "auto", ElementType.AUTO,
                    "float32", ElementType.FLOAT32,
                    "float", ElementType.FLOAT32,
                    "float16", ElementType.FLOAT16,
                    "half", ElementType.FLOAT16,
                    "bfloat16", ElementType.BFLOAT16);

    // spotless:off (a table)
    public static final Flag<Optional<Path>> MODEL =
            row(Scope.ENGINE, FlagGroup.MODEL, "model", "MODEL", Kind.optional(Kind.path()), "", "`models/quire-demo`",
                    "Hugging Face folder (safetensors), GGUF file, or a name on the hub: `OWNER/NAME` or `OWNER/NAME:TAG`");
    public static final Flag<Optional<String>> REVISION =
            row(Scope.ENGINE, FlagGroup.MODEL, "revision", "REVISION", Kind.optional(Kind.text()), "", "`main`",
                    "branch, tag or commit of a model of the hub");
    public static final Flag<Optional<Path>> DOWNLOAD_DIR =
            row(Scope.ENGINE, FlagGroup.LOAD, "download-dir", "FOLDER", Kind.optional(Kind.path()), "", "`HF_HUB_CACHE`, or `~/.cache/huggingface/hub`",
                    "root of the cache that models of the hub are kept in");
    public static final Flag<Optional<String>> HF_TOKEN =
            row(Scope.ENGINE, FlagGroup.MODEL, "hf-token", "TOKEN", Kind.optional(Kind.secretWord()), "", "`HF_TOKEN`, or the file of `hf auth login`",
                    "token of the hub, for gated models");
    public static final Flag<List<String>> SERVED_MODEL_NAME =
            row(Scope.SERVER, FlagGroup.MODEL, "served-model-name", "NAME", Kind.words(), "", "name of the folder or file",
                    "names that requests may use; the first is the id");
    public static final Flag<String> HOST =
            row(Scope.SERVER, FlagGroup.FRONTEND, "host", "HOST", Kind.host(), "127.0.0.1",
                    "address to listen on; 0.0.0.0 opens the server to others");
    public static final Flag<Integer> PORT =
            row(Scope.SERVER, FlagGroup.FRONTEND, "port", "PORT", Kind.port(), "8000", "port to listen on, 0 for any free one");
    public static final Flag<List<String>> API_KEY =
            row(Scope.SERVER, FlagGroup.FRONTEND, "api-key", "KEY", Kind.keys(), "", "none",
                    "every route but the health ones then wants one of these keys");
    public static final Flag<BackendChoice> BACKEND =
            row(Scope.ENGINE, FlagGroup.DEVICE, "backend", "NAME",
                    Kind.choice(
                            Map.of(
                                    "auto", BackendChoice.AUTO,
                                    "cpu", BackendChoice.CPU,
                                    "cuda", BackendChoice.CUDA,
                                    "reference", BackendChoice.REFERENCE)),
                    "auto", "what computes; auto is the first that works: cuda, cpu, reference");
    public static final Flag<Boolean> EMULATE =
            row(Scope.ENGINE, FlagGroup.DEVICE, "emulate", "", Kind.toggle(), "false",
                    "with --backend cuda, a card that this machine's processor plays: for developers without one, very"
                            + " slow");
    public static final Flag<Optional<Integer>> THREADS =
            row(Scope.ENGINE, FlagGroup.DEVICE, "threads", "N", Kind.optional(Kind.whole(1, 1024)), "", "one a physical core",
                    "threads of the CPU engine");
    public static final Flag<ElementType> DTYPE =
            row(Scope.ENGINE, FlagGroup.MODEL, "dtype", "TYPE", Kind.choice(TYPES), "auto",
                    "what --kv-cache-dtype auto means, and the type of activations on a card; on the CPU they are"
                            + " float32");
    public static final Flag<Optional<Integer>> MAX_MODEL_LEN =
            row(Scope.ENGINE, FlagGroup.MODEL, "max-model-len", "TOKENS", Kind.orAuto(Kind.whole(1, Integer.MAX_VALUE)), "auto",
                    "longest prompt and answer together, such as 4096, 4K (4096) or 4k (4000)");
    public static final Flag<Integer> MAX_NUM_SEQS =
            row(Scope.SERVER, FlagGroup.SCHEDULER, "max-num-seqs", "N", Kind.whole(1, 65_536), "256", "sequences that run at once");
    public static final Flag<Optional<Integer>> MAX_NUM_BATCHED_TOKENS =
            row(Scope.ENGINE, FlagGroup.SCHEDULER, "max-num-batched-tokens", "TOKENS", Kind.optional(Kind.whole(1, 1 << 20)), "",
                    "`2048`, or `--max-num-seqs` if that is more",
                    "most tokens of one step; prompts get fewer where running answers would pause"
                            + " for more than 100 ms or the time of two tokens");
    public static final Flag<Integer> LONG_PREFILL_TOKEN_THRESHOLD =
            row(Scope.ENGINE, FlagGroup.SCHEDULER, "long-prefill-token-threshold", "TOKENS", Kind.whole(0, Integer.MAX_VALUE), "0",
                    "most tokens of one prompt in a step; 0 is no limit but the step's");
    public static final Flag<Boolean> ENABLE_CHUNKED_PREFILL =
            row(Scope.ENGINE, FlagGroup.SCHEDULER, "enable-chunked-prefill", "",
                    Kind.alwaysOn("long prompts are always computed in pieces"),
                    "true", "accepted because vLLM's users type it");
    public static final Flag<SchedulingPolicy> SCHEDULING_POLICY =
            row(Scope.SERVER, FlagGroup.SCHEDULER, "scheduling-policy", "POLICY",
                    Kind.choice(
                            Map.of("fcfs", SchedulingPolicy.FCFS, "priority", SchedulingPolicy.PRIORITY)),
                    "fcfs", "who goes first: who came first, or who has the lower priority in its request");
    public static final Flag<Integer> MAX_QUEUE =
            row(Scope.SERVER, FlagGroup.SCHEDULER, "max-queue", "N", Kind.whole(1, 1_000_000), "2048",
                    "requests that may wait; more get a 429");
    public static final Flag<Integer> BLOCK_SIZE =
            row(Scope.ENGINE, FlagGroup.CACHE, "block-size", "TOKENS", Kind.whole(8, 256), "16",
                    "tokens of a block of the KV cache, a power of two");
    public static final Flag<ElementType> KV_CACHE_DTYPE =
            row(Scope.ENGINE, FlagGroup.CACHE, "kv-cache-dtype", "TYPE", Kind.choice(TYPES), "auto",
                    "element type of the KV cache; auto is the model's own");
    public static final Flag<Optional<Long>> KV_CACHE_MEMORY_BYTES =
            row(Scope.ENGINE, FlagGroup.CACHE, "kv-cache-memory-bytes", "BYTES", Kind.optional(Kind.wholeLong(1, Long.MAX_VALUE)),
                    "", "planned from the machine",
                    "size of the KV cache, such as 2G; --gpu-memory-utilization is then no limit");
    public static final Flag<Optional<Integer>> NUM_GPU_BLOCKS_OVERRIDE =
            row(Scope.ENGINE, FlagGroup.CACHE, "num-gpu-blocks-override", "N",
                    Kind.optional(Kind.whole(1, Integer.MAX_VALUE)), "", "planned from the machine",
                    "blocks of the KV cache, of a card or of the CPU engine, instead of its size");
    public static final Flag<Optional<Double>> GPU_MEMORY_UTILIZATION =
            row(Scope.ENGINE, FlagGroup.CACHE, "gpu-memory-utilization", "PART", Kind.optional(Kind.part()), "",
                    "`0.9`, or what others leave of a card",
                    "part of a card's memory that this process may take; other backends refuse it");
    public static final Flag<Boolean> ENFORCE_EAGER =
            row(Scope.ENGINE, FlagGroup.MODEL, "enforce-eager", "", Kind.toggle(), "false",
                    "on a card, launch each kernel of a step by itself; without it decode steps are recorded as CUDA graphs");
    public static final Flag<List<Integer>> CUDAGRAPH_CAPTURE_SIZES =
            row(Scope.SERVER, FlagGroup.COMPILATION, "cudagraph-capture-sizes", "N", Kind.wholes(1, 65_536), "",
                    "1, 2, 4, 8 … as far as `--max-num-seqs` and 256",
                    "sequences of the steps that are recorded; others are padded to the next, or not recorded above the"
                            + " last. Other backends refuse it");
    public static final Flag<Boolean> ASYNC_SCHEDULING =
            row(Scope.ENGINE, FlagGroup.SCHEDULER, "async-scheduling", "", Kind.toggle(), "true",
                    "on a card, launch the next step while one is computed; other backends compute one after the other");
    public static final Flag<Boolean> DETERMINISTIC =
            row(Scope.ENGINE, FlagGroup.DEVICE, "deterministic", "", Kind.toggle(), "false",
                    "on a card, use only kernels that give a sequence the same bits in any company; other backends always do");
    public static final Flag<Boolean> ENABLE_PREFIX_CACHING =
            row(Scope.ENGINE, FlagGroup.CACHE, "enable-prefix-caching", "", Kind.toggle(), "true",
                    "reuse the KV cache of equal beginnings");
    public static final Flag<Long> SEED =
            row(Scope.ENGINE, FlagGroup.MODEL, "seed", "N", Kind.wholeLong(Long.MIN_VALUE, Long.MAX_VALUE), "0",
                    "mixed into requests that bring no seed");
    public static final Flag<Optional<String>> HF_OVERRIDES =
            row(Scope.ENGINE, FlagGroup.MODEL, "hf-overrides", "JSON", Kind.optional(Kind.json()), "", "none",
                    "laid over config.json");
    public static final Flag<Optional<String>> CHAT_TEMPLATE =
            row(Scope.ENGINE, FlagGroup.FRONTEND, "chat-template", "TEMPLATE", Kind.optional(Kind.text()), "", "the model's",
                    "file or text of a Jinja template");
    public static final Flag<Boolean> TRUST_REQUEST_CHAT_TEMPLATE =
            row(Scope.SERVER, FlagGroup.FRONTEND, "trust-request-chat-template", "", Kind.toggle(), "false",
                    "let a request bring a chat template of its own");
    public static final Flag<Map<String, Object>> DEFAULT_CHAT_TEMPLATE_KWARGS =
            row(Scope.ENGINE, FlagGroup.FRONTEND, "default-chat-template-kwargs", "JSON", Kind.variables(ChatRenderer.OWN_NAMES), "{}", "none",
                    "variables for the chat template where a request has none of that name");
    public static final Flag<String> GENERATION_CONFIG =
            row(Scope.ENGINE, FlagGroup.MODEL, "generation-config", "FROM", Kind.text(), "auto",
                    "sampling defaults: the model's (auto), none (vllm), or those of a folder");
    public static final Flag<Boolean> ENABLE_AUTO_TOOL_CHOICE =
            row(Scope.SERVER, FlagGroup.FRONTEND, "enable-auto-tool-choice", "", Kind.toggle(), "true",
                    "whether a model may call the tools of a request as it chooses");
    public static final Flag<Optional<ToolCallFormat>> TOOL_CALL_PARSER =
            row(Scope.SERVER, FlagGroup.FRONTEND, "tool-call-parser", "NAME", Kind.orAuto(Kind.choice(ToolCallFormat.byName())), "auto",
                    "how the model writes tool calls; auto sees it in the chat template");
    public static final Flag<Boolean> EXCLUDE_TOOLS_WHEN_TOOL_CHOICE_NONE =
            row(Scope.SERVER, FlagGroup.FRONTEND, "exclude-tools-when-tool-choice-none", "", Kind.toggle(), "false",
                    "with tool_choice none, do not show the tools to the model");
    public static final Flag<Optional<ReasoningFormat>> REASONING_PARSER =
            row(Scope.ENGINE, FlagGroup.STRUCTURED, "reasoning-parser", "NAME", Kind.optional(Kind.choice(ReasoningFormat.byName())), "",
                    "none", "how the model writes thoughts, which are then told apart from answers");
    public static final Flag<Integer> MAX_LOGPROBS =
            row(Scope.SERVER, FlagGroup.MODEL, "max-logprobs", "N", Kind.whole(0, SamplingParams.MAX_LOGPROBS), "20",
                    "most likeliest tokens whose log-probabilities a request may ask for");
    public static final Flag<List<String>> ALLOWED_ORIGINS =
            row(Scope.SERVER, FlagGroup.FRONTEND, "allowed-origins", "ORIGIN",
                    Kind.list("* or origins", "[a-z][a-z0-9+.-]*://[^/\\s]+|null",
                            "an origin such as https://chat.example, without a path"),
                    "", "none", "whose pages may use the server in a browser (CORS)");
    public static final Flag<List<String>> ALLOWED_METHODS =
            row(Scope.SERVER, FlagGroup.FRONTEND, "allowed-methods", "METHOD", Kind.list("* or methods", "[A-Z]+", "a method such as GET"),
                    "*", "methods that those pages may use");
    public static final Flag<List<String>> ALLOWED_HEADERS =
            row(Scope.SERVER, FlagGroup.FRONTEND, "allowed-headers", "HEADER",
                    Kind.list("* or headers", "[!#$%&'*+.^_`|~0-9A-Za-z-]+",
                            "a header such as Authorization"),
                    "*", "headers that those pages may send");
    public static final Flag<Boolean> ALLOW_CREDENTIALS =
            row(Scope.SERVER, FlagGroup.FRONTEND, "allow-credentials", "", Kind.toggle(), "false",
                    "whether those pages may send cookies");
    public static final Flag<Boolean> DISABLE_DOCS =
            row(Scope.SERVER, FlagGroup.FRONTEND, "disable-docs", "", Kind.toggle(), "false",
                    "take /docs and /openapi.json away, which are readable without a key");
    public static final Flag<Boolean> DISABLE_UI =
            row(Scope.SERVER, FlagGroup.FRONTEND, "disable-ui", "", Kind.toggle(), "false",
                    "take the page at / away, which loads without a key; /docs is there instead");
    public static final Flag<Boolean> ENABLE_TOKENIZER_INFO_ENDPOINT =
            row(Scope.SERVER, FlagGroup.FRONTEND, "enable-tokenizer-info-endpoint", "", Kind.toggle(), "false",
                    "answer GET /tokenizer_info, chat template and all");
    public static final Flag<Boolean> ENABLE_LOG_REQUESTS =
            row(Scope.SERVER, FlagGroup.OBSERVABILITY, "enable-log-requests", "", Kind.toggle(), "false",
                    "a line in the log for each request that comes and for each that ends");
    public static final Flag<Boolean> ENABLE_LOG_OUTPUTS =
            row(Scope.SERVER, FlagGroup.OBSERVABILITY, "enable-log-outputs", "", Kind.toggle(), "false",
                    "with --enable-log-requests, a line for each choice of an answer, with what was generated");
    public static final Flag<Optional<Integer>> MAX_LOG_LEN =
            row(Scope.SERVER, FlagGroup.OBSERVABILITY, "max-log-len", "CHARACTERS",
                    Kind.optional(Kind.whole(0, RequestLogging.MOST_CHARS)), "", "nothing of prompts, answers whole",
                    "how much of a prompt is logged with --enable-log-requests, and of a choice with --enable-log-outputs");
    public static final Flag<Boolean> DISABLE_LOG_STATS =
            row(Scope.SERVER, FlagGroup.OBSERVABILITY, "disable-log-stats", "", Kind.toggle(), "false",
                    "no line with tokens a second every 10 seconds in which there was work");
    public static final Flag<LogLevel> LOG_LEVEL =
            row(Scope.SERVER, FlagGroup.OBSERVABILITY, "log-level", "LEVEL", Kind.choice(LogLevel.byName()), "info",
                    "what is logged: this and what is more serious");
    public static final Flag<LogFormat> LOG_FORMAT =
            row(Scope.SERVER, FlagGroup.OBSERVABILITY, "log-format", "FORMAT", Kind.choice(LogFormat.byName()), "text",
                    "lines for people, or a JSON object a line");
    public static final Flag<Integer> SHUTDOWN_TIMEOUT =
            row(Scope.SERVER, FlagGroup.FRONTEND, "shutdown-timeout", "SECONDS", Kind.whole(0, 86_400), "30",
                    "what running requests get after a first SIGTERM; a second one ends at once");
    public static final Flag<Integer> STEP_TIMEOUT =
            row(Scope.ENGINE, FlagGroup.DEVICE, "step-timeout", "SECONDS", Kind.whole(1, 86_400), "300",
                    "a step that takes longer hangs: all requests end with an error, and the server too");
    public static final Flag<Optional<Path>> CONFIG =
            row(Scope.ENGINE, FlagGroup.FRONTEND, "config", "FILE", Kind.optional(Kind.path()), "", "none",
                    "YAML file of these flags without their dashes");
    // spotless:on

    private Flags() {}

    /** All that are supported, in the order of the table. */
    public static List<Flag<?>> all() {
        return List.copyOf(SUPPORTED.values());
    }

    /** Those that concern whoever runs a model, in the order of the table. */
    public static List<Flag<?>> ofEngine() {
        return SUPPORTED.values().stream().filter(flag -> flag.scope() == Scope.ENGINE).toList();
    }

    /**
     * The supported flag of that name.
     *
     * @param name without dashes in front
     */
    public static Optional<Flag<?>> find(String name) {
        return Optional.ofNullable(SUPPORTED.get(name));
    }

    /**
     * One sentence about a name that is no supported flag: that it is refused and why, or unknown
     * and what may have been meant.
     *
     * @param name without dashes in front
     * @param spelled as it was typed
     */
    public static String explain(Origin origin, String name, String spelled) {
        Optional<String> refusal = refusal(name, spelled);
        if (refusal.isPresent()) {
            return refusal.get();
        }
        return "unknown "
                + origin.noun()
                + " "
                + spelled
                + Spelling.nearest(name, SUPPORTED.keySet())
                        .map(origin::spell)
                        .map(Spelling::guess)
                        .orElse("; 'quire serve --help' lists the flags");
    }

    /** One sentence about a flag that is known and refused, by its name without dashes in front. */
    public static Optional<String> refusal(String name, String spelled) {
        return Elsewhere.instead("serve", name).map(what -> spelled + " " + what);
    }

    /** How the command line spells a setting of the engine: {@code --max-num-seqs}. */
    public static String spelled(Setting setting) {
        Flag<?> flag =
                switch (setting) {
                    case BACKEND -> BACKEND;
                    case EMULATE -> EMULATE;
                    case DTYPE -> DTYPE;
                    case THREADS -> THREADS;
                    case MAX_MODEL_LENGTH -> MAX_MODEL_LEN;
                    case MAX_NUM_SEQUENCES -> MAX_NUM_SEQS;
                    case MAX_NUM_BATCHED_TOKENS -> MAX_NUM_BATCHED_TOKENS;
                    case LONG_PREFILL_TOKEN_THRESHOLD -> LONG_PREFILL_TOKEN_THRESHOLD;
                    case MAX_QUEUE -> MAX_QUEUE;
                    case BLOCK_SIZE -> BLOCK_SIZE;
                    case KV_CACHE_TYPE -> KV_CACHE_DTYPE;
                    case KV_CACHE_MEMORY_BYTES -> KV_CACHE_MEMORY_BYTES;
                    case NUM_GPU_BLOCKS_OVERRIDE -> NUM_GPU_BLOCKS_OVERRIDE;
                    case GPU_MEMORY_UTILIZATION -> GPU_MEMORY_UTILIZATION;
                    case ENFORCE_EAGER -> ENFORCE_EAGER;
                    case CUDAGRAPH_CAPTURE_SIZES -> CUDAGRAPH_CAPTURE_SIZES;
                    case HF_OVERRIDES -> HF_OVERRIDES;
                    case CHAT_TEMPLATE -> CHAT_TEMPLATE;
                    case GENERATION_CONFIG -> GENERATION_CONFIG;
                    case STEP_TIMEOUT -> STEP_TIMEOUT;
                };
        return "--" + flag.name();
    }

    private static <T> Flag<T> row(
            Scope scope,
            FlagGroup group,
            String name,
            String label,
            Kind<T> kind,
            String otherwise,
            String help) {
        return row(scope, group, name, label, kind, otherwise, "`" + otherwise + "`", help);
    }

    private static <T> Flag<T> row(
            Scope scope,
            FlagGroup group,
            String name,
            String label,
            Kind<T> kind,
            String otherwise,
            String defaultWords,
            String help) {
        Flag<T> flag = new Flag<>(scope, group, name, label, kind, otherwise, defaultWords, help);
        if (SUPPORTED.put(name, flag) != null) {
            throw new IllegalStateException("two rows for --" + name);
        }
        return flag;
    }
}
