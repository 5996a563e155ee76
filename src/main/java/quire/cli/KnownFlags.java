package quire.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Flags of {@code vllm serve} that Quire does not take, each with the sentence that its user needs.
 */
final class KnownFlags {

    private static final String NOT_YET = " is not supported yet";

    private static final List<String> PLANNED =
            List.of(
                    "--tokenizer",
                    "--revision",
                    "--hf-token",
                    "--download-dir",
                    "--max-logprobs",
                    "--enforce-eager",
                    "--cudagraph-capture-sizes",
                    "--scheduling-policy",
                    "--stream-interval",
                    "--tensor-parallel-size",
                    "-tp",
                    "--pipeline-parallel-size",
                    "-pp",
                    "--data-parallel-size",
                    "-dp",
                    "--speculative-config",
                    "--enable-lora",
                    "--max-loras",
                    "--lora-modules",
                    "--reasoning-parser",
                    "--enable-auto-tool-choice",
                    "--tool-call-parser",
                    "--ssl-keyfile",
                    "--ssl-certfile",
                    "--otlp-traces-endpoint",
                    "--shutdown-timeout",
                    "--deterministic",
                    "--activation-dtype",
                    "--trust-remote-code",
                    "--no-enable-chunked-prefill",
                    "--async-scheduling",
                    "--runner",
                    "--task",
                    "--structured-outputs-config",
                    "--kv-transfer-config",
                    "--cpu-offload-gb",
                    "--load-format",
                    "--uvicorn-log-level",
                    "--allowed-origins",
                    "--root-path",
                    "--api-server-count",
                    "--compilation-config",
                    "--config-format",
                    "--disable-log-stats",
                    "--enable-expert-parallel",
                    "--limit-mm-per-prompt",
                    "--logits-processors",
                    "--middleware",
                    "--response-role",
                    "--ssl-ca-certs",
                    "--chat-template-content-format",
                    "--tokenizer-mode",
                    "--tokenizer-revision");

    private static final Map<String, String> EXPLAINED = explained();

    private KnownFlags() {}

    /**
     * One sentence about an argument that no option matched.
     *
     * @param command that it was given to: {@code quire}, {@code serve} or {@code bench}
     */
    static String explain(String command, String argument) {
        if (command.equals("serve")) {
            return explain(argument);
        }
        if (argument.startsWith("-")) {
            return "unknown flag "
                    + argument.split("=", 2)[0]
                    + "; 'quire "
                    + (command.equals("quire") ? "" : command + " ")
                    + "--help' lists the flags";
        }
        return command.equals("quire")
                ? "unknown command '" + argument + "'; the commands are serve and bench"
                : "unexpected argument '" + argument + "'; quire " + command + " takes one model";
    }

    /** As above, for {@code serve}. */
    static String explain(String argument) {
        String flag = argument.split("=", 2)[0];
        if (EXPLAINED.containsKey(flag)) {
            return EXPLAINED.get(flag);
        }
        if (PLANNED.contains(flag)) {
            return flag + NOT_YET + "; 'quire serve --help' lists what is";
        }
        return flag.startsWith("-")
                ? "unknown flag " + flag + "; 'quire serve --help' lists the flags"
                : "unexpected argument '" + argument + "'; quire serve takes one model";
    }

    private static Map<String, String> explained() {
        Map<String, String> sentences = new LinkedHashMap<>();
        sentences.put(
                "--swap-space",
                "--swap-space is gone, as in vLLM: preempted sequences are"
                        + " recomputed, not swapped; leave it out");
        sentences.put(
                "--rope-scaling",
                "--rope-scaling is gone, as in vLLM: use --hf-overrides"
                        + " '{\"rope_parameters\": {\"rope_type\": \"yarn\", \"factor\": 4.0,"
                        + " \"original_max_position_embeddings\": 32768}}'");
        sentences.put(
                "--rope-theta",
                "--rope-theta is gone, as in vLLM: use --hf-overrides"
                        + " '{\"rope_parameters\": {\"rope_theta\": 1000000.0}}'");
        sentences.put(
                "--disable-log-requests",
                "--disable-log-requests is gone, as in vLLM:"
                        + " requests are never logged unless the log level is DEBUG; leave it out");
        sentences.put(
                "--enable-log-requests",
                "--enable-log-requests is spelled"
                        + " QUARKUS_LOG_CATEGORY__QUIRE__LEVEL=DEBUG here; prompts are never logged");
        sentences.put(
                "--guided-decoding-backend",
                "--guided-decoding-backend is gone, as in vLLM;"
                        + " structured outputs are not supported yet");
        String pool =
                " is not supported yet; --kv-cache-memory-bytes sets the size of the KV cache";
        sentences.put("--gpu-memory-utilization", "--gpu-memory-utilization" + pool);
        sentences.put("--num-gpu-blocks-override", "--num-gpu-blocks-override" + pool);
        String quantised = " is not supported yet; a GGUF file is run in the types that it holds";
        sentences.put("--quantization", "--quantization" + quantised);
        sentences.put("-q", "-q" + quantised);
        sentences.put("--device", "--device is gone, as in vLLM: use --backend");
        return sentences;
    }
}
