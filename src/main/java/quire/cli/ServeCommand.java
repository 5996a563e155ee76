package quire.cli;

import io.quarkus.runtime.ApplicationLifecycleManager;
import io.quarkus.runtime.Quarkus;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import quire.error.ConfigurationException;

/**
 * {@code quire serve}: every flag becomes a {@code quire.*} system property, which wins over the
 * environment variable of the same name ({@code QUIRE_MAX_MODEL_LEN}); the server reads both. What
 * the file behind {@code --config} says counts where flags and environment are silent.
 */
@Command(
        name = "serve",
        description = "Serves a model over the OpenAI API; without MODEL, the embedded quire-demo.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer =
                "Each flag is also an environment variable: --max-model-len is QUIRE_MAX_MODEL_LEN. A"
                        + " flag wins over the environment, that over the file of --config.")
final class ServeCommand implements Callable<Integer> {

    @Spec CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "MODEL",
            description = "a Hugging Face folder (safetensors) or a GGUF file")
    String positionalModel;

    @Option(names = "--model", paramLabel = "MODEL", description = "the same as MODEL")
    String model;

    @Option(
            names = "--served-model-name",
            arity = "1..*",
            split = ",",
            paramLabel = "NAME",
            description = "names that requests may use; default: the model's own")
    List<String> servedModelName;

    @Option(names = "--host", description = "address to listen on; default 127.0.0.1")
    String host;

    @Option(names = "--port", description = "port to listen on, 0 for any free one; default 8000")
    String port;

    @Option(
            names = "--api-key",
            arity = "1..*",
            split = ",",
            paramLabel = "KEY",
            description = "keys, one of which every request must carry, health checks excepted")
    List<String> apiKey;

    @Option(names = "--backend", description = "auto, cpu or reference; default auto")
    String backend;

    @Option(names = "--threads", paramLabel = "N", description = "CPU threads; default: one a core")
    String threads;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description =
                    "auto, float32, float16 or bfloat16: the type that --kv-cache-dtype auto"
                            + " means; activations on the CPU are always float32")
    String dtype;

    @Option(
            names = "--max-model-len",
            paramLabel = "TOKENS",
            description = "longest prompt plus output, such as 4096, 4K (4096), 4k (4000) or auto")
    String maxModelLen;

    @Option(
            names = "--max-num-seqs",
            paramLabel = "N",
            description = "sequences that run at once; default 256")
    String maxNumSeqs;

    @Option(
            names = "--max-num-batched-tokens",
            paramLabel = "TOKENS",
            description = "tokens of one step; default 2048")
    String maxNumBatchedTokens;

    @Option(
            names = "--max-queue",
            paramLabel = "N",
            description = "requests that may wait before others get a 429; default 2048")
    String maxQueue;

    @Option(
            names = "--block-size",
            paramLabel = "TOKENS",
            description = "tokens of a KV cache block; default 16")
    String blockSize;

    @Option(
            names = "--kv-cache-dtype",
            paramLabel = "TYPE",
            description = "auto, float32, float16 or bfloat16; default auto, the model's own type")
    String kvCacheDtype;

    @Option(
            names = "--kv-cache-memory-bytes",
            paramLabel = "BYTES",
            description = "size of the KV cache, such as 2G; default: planned from the machine")
    String kvCacheMemoryBytes;

    @Option(
            names = "--enable-prefix-caching",
            negatable = true,
            arity = "0",
            description = "reuse the KV cache of equal beginnings; on by default")
    Boolean enablePrefixCaching;

    @Option(
            names = "--enable-chunked-prefill",
            arity = "0",
            description = "always on; accepted because vLLM's users type it")
    boolean enableChunkedPrefill;

    @Option(
            names = "--long-prefill-token-threshold",
            paramLabel = "TOKENS",
            description = "most tokens of one prompt in a step; default 0, no limit but the step's")
    String longPrefillTokenThreshold;

    @Option(names = "--seed", description = "seed of requests that bring none; default 0")
    String seed;

    @Option(names = "--hf-overrides", paramLabel = "JSON", description = "laid over config.json")
    String hfOverrides;

    @Option(
            names = "--chat-template",
            paramLabel = "FILE",
            description = "Jinja file or text in place of the model's template")
    String chatTemplate;

    @Option(
            names = "--generation-config",
            paramLabel = "auto|vllm|FOLDER",
            description = "where sampling defaults come from; default auto, the model's folder")
    String generationConfig;

    @Option(names = "--config", paramLabel = "FILE", description = "YAML file of these flags")
    Path config;

    @Override
    public Integer call() {
        Map<String, String> environment = System.getenv();
        Map<String, String> properties = properties(environment);
        properties.put("port", Integer.toString(Address.of(properties, environment).freePort()));
        properties.forEach(
                (name, value) ->
                        System.setProperty("quire." + name, PropertyText.escape(name, value)));
        Quarkus.run(null, this::exit);
        return 0;
    }

    /** Says why the server could not start, then ends the process as Quarkus would. */
    private void exit(int code, Throwable cause) {
        if (cause != null) {
            PrintWriter err = spec.commandLine().getErr();
            err.println("quire: " + Main.sentence(cause));
            err.flush();
        }
        ApplicationLifecycleManager.getDefaultExitCodeHandler().accept(code, cause);
    }

    /** The name of the environment variable that stands for a flag, which comes without dashes. */
    static String variable(String name) {
        return "QUIRE_" + name.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    /**
     * What the server is to read, by the name of its property: the flags, and what the file says of
     * things that neither a flag nor the environment does.
     */
    Map<String, String> properties(Map<String, String> environment) {
        Map<String, String> given = flags();
        String file = environment.getOrDefault(variable("config"), "");
        Path path = config != null || file.isBlank() ? config : Path.of(file);
        if (path != null) {
            ConfigFile.read(path)
                    .forEach(
                            (name, value) -> {
                                if (!environment.containsKey(variable(name))) {
                                    given.putIfAbsent(name, value);
                                }
                            });
        }
        return given;
    }

    /** The flags that were given, by the name of their property. */
    private Map<String, String> flags() {
        if (model != null && positionalModel != null) {
            throw new ConfigurationException(
                    "the model is given twice: "
                            + positionalModel
                            + " and --model "
                            + model
                            + "; leave one out");
        }
        Map<String, String> given = new LinkedHashMap<>();
        put(given, "model", model != null ? model : positionalModel);
        put(given, "served-model-name", servedModelName);
        put(given, "host", host);
        put(given, "port", port);
        put(given, "api-key", apiKey);
        put(given, "backend", backend);
        put(given, "threads", threads);
        put(given, "dtype", dtype);
        put(given, "max-model-len", maxModelLen);
        put(given, "max-num-seqs", maxNumSeqs);
        put(given, "max-num-batched-tokens", maxNumBatchedTokens);
        put(given, "max-queue", maxQueue);
        put(given, "block-size", blockSize);
        put(given, "kv-cache-dtype", kvCacheDtype);
        put(given, "kv-cache-memory-bytes", kvCacheMemoryBytes);
        put(
                given,
                "enable-prefix-caching",
                enablePrefixCaching == null ? null : enablePrefixCaching.toString());
        put(given, "long-prefill-token-threshold", longPrefillTokenThreshold);
        put(given, "seed", seed);
        put(given, "hf-overrides", hfOverrides);
        put(given, "chat-template", chatTemplate);
        put(given, "generation-config", generationConfig);
        return given;
    }

    private static void put(Map<String, String> properties, String name, String value) {
        if (value == null) {
            return;
        }
        if (value.isBlank()) {
            throw new ConfigurationException(
                    "--" + name + " is empty; give it a value or leave the flag out");
        }
        if (value.startsWith("--")) {
            // The parser takes a flag that it does not know for a value of the flag before.
            throw new ConfigurationException(KnownFlags.explain(value));
        }
        properties.put(name, value);
    }

    private void put(Map<String, String> properties, String name, List<String> values) {
        if (values == null) {
            return;
        }
        boolean modelIsMissing = model == null && positionalModel == null;
        if (modelIsMissing && values.size() > 1 && looksLikeModel(values.getLast())) {
            throw new ConfigurationException(
                    "--"
                            + name
                            + " takes every word behind it, also '"
                            + values.getLast()
                            + "'; put the model first");
        }
        values.forEach(value -> put(properties, name, value));
        properties.put(name, String.join(",", values));
    }

    private static boolean looksLikeModel(String word) {
        return word.endsWith(".gguf") || Files.exists(Path.of(word));
    }
}
