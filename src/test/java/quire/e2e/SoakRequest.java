package quire.e2e;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * A request of the soak test, and what must come of it.
 *
 * @param bytes as they are sent
 * @param status what the server must answer
 * @param numChoices choices that a good answer has
 * @param maxTokens most tokens of a choice
 * @param group requests of one group say the same, each time and alone; empty for those that draw
 */
record SoakRequest(byte[] bytes, int status, int numChoices, int maxTokens, OptionalInt group) {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String COMPLETIONS = "/v1/completions";
    private static final String CHAT = "/v1/chat/completions";
    private static final int VOCABULARY = 4096;
    private static final String[] WORDS =
            "Once upon a time the little fox lived by old mill and found golden leaf What is Iraq 7 + 印度"
                    .split(" ");

    /**
     * How long requests are at most.
     *
     * @param promptTokens as long as a prompt of token ids gets; short ones are drawn more often
     * @param answerTokens of each choice
     */
    record Longest(int promptTokens, int answerTokens) {}

    /** What many prompts begin with, so that the prefix cache has something to do. */
    private static int[] common(Longest longest) {
        return new Random(1).ints(longest.promptTokens(), 3, VOCABULARY).toArray();
    }

    boolean isGood() {
        return status == 200;
    }

    /** One of the requests that say the same each time; the same for the same group. */
    static SoakRequest repeatable(long seed, int group, boolean stream, Longest longest) {
        Random random = new Random(seed * 1_000_003 + group);
        ObjectNode body = JSON.createObjectNode();
        if (random.nextInt(4) > 0) {
            body.put("temperature", 0);
        } else {
            draw(body, random);
            body.put("seed", random.nextLong());
        }
        return good(body, random, stream, longest, OptionalInt.of(group));
    }

    /** A request that says something else each time. */
    static SoakRequest drawn(Random random, Longest longest) {
        ObjectNode body = JSON.createObjectNode();
        draw(body, random);
        return good(body, random, random.nextBoolean(), longest, OptionalInt.empty());
    }

    private static void draw(ObjectNode body, Random random) {
        body.put("temperature", 0.1 + 1.9 * random.nextDouble());
        if (random.nextBoolean()) {
            body.put("top_p", 0.1 + 0.9 * random.nextDouble());
        }
        if (random.nextBoolean()) {
            body.put("top_k", random.nextInt(100));
        }
        if (random.nextInt(3) == 0) {
            body.put("min_p", 0.2 * random.nextDouble());
            body.put("repetition_penalty", 1 + random.nextDouble());
            body.put("frequency_penalty", random.nextDouble());
        }
    }

    private static SoakRequest good(
            ObjectNode body, Random random, boolean stream, Longest longest, OptionalInt group) {
        body.put("model", "quire-demo");
        int maxTokens = 1 + random.nextInt(longest.answerTokens());
        body.put("max_tokens", maxTokens);
        int n = random.nextInt(5) == 0 ? 2 + random.nextInt(2) : 1;
        if (n > 1) {
            body.put("n", n);
        }
        if (random.nextInt(4) == 0) {
            body.putArray("stop").add(" the").add(".");
        }
        if (random.nextInt(4) == 0) {
            body.put("ignore_eos", true);
        }
        int prompts = 1;
        boolean chat = random.nextInt(3) == 0;
        if (chat) {
            addMessages(body, random, longest);
        } else {
            prompts = addPrompt(body, random, longest);
        }
        // Told last: the draws above are the same for all requests of a group.
        if (stream) {
            body.put("stream", true);
            body.putObject("stream_options").put("include_usage", true);
        }
        return new SoakRequest(
                post(chat ? CHAT : COMPLETIONS, body.toString()),
                200,
                n * prompts,
                maxTokens,
                group);
    }

    private static void addMessages(ObjectNode body, Random random, Longest longest) {
        ArrayNode messages = body.putArray("messages");
        if (random.nextInt(3) == 0) {
            messages.addObject().put("role", "system").put("content", text(random, 10));
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            messages.addObject().put("role", "user").put("content", text(random, 20));
            messages.addObject().put("role", "assistant").put("content", text(random, 20));
        }
        messages.addObject()
                .put("role", "user")
                .put("content", text(random, length(random, longest) / 4));
    }

    private static int addPrompt(ObjectNode body, Random random, Longest longest) {
        switch (random.nextInt(8)) {
            case 0 -> body.put("prompt", text(random, length(random, longest) / 4));
            case 1 -> {
                ArrayNode prompts = body.putArray("prompt");
                int count = 2 + random.nextInt(3);
                for (int i = 0; i < count; i++) {
                    prompts.add(text(random, 1 + random.nextInt(20)));
                }
                return count;
            }
            default -> {
                int length = length(random, longest);
                int shared = random.nextBoolean() ? random.nextInt(length + 1) : 0;
                int[] common = common(longest);
                ArrayNode prompt = body.putArray("prompt");
                IntStream.range(0, length)
                        .map(i -> i < shared ? common[i] : 3 + random.nextInt(VOCABULARY - 3))
                        .forEach(prompt::add);
            }
        }
        return 1;
    }

    /** From 1 to the longest, short ones more often. */
    private static int length(Random random, Longest longest) {
        return (int) Math.exp(random.nextDouble() * Math.log(longest.promptTokens() + 0.5));
    }

    private static String text(Random random, int numWords) {
        StringBuilder text = new StringBuilder(WORDS[random.nextInt(WORDS.length)]);
        for (int i = 1; i < numWords; i++) {
            text.append(' ').append(WORDS[random.nextInt(WORDS.length)]);
        }
        return text.toString();
    }

    private static byte[] post(String path, String body) {
        return Wire.request("POST", path, "application/json", body);
    }

    /** A request with one fault, of {@value NUM_FAULTS} kinds. */
    static SoakRequest malformed(int fault) {
        String ok = "{'model': 'quire-demo', 'prompt': 'Hello'";
        return switch (fault) {
            case 0 -> bad(400, COMPLETIONS, "{'model': 'quire-demo', 'prompt': ");
            case 1 -> bad(400, COMPLETIONS, "");
            case 2 -> bad(400, COMPLETIONS, "[]");
            case 3 -> bad(400, COMPLETIONS, ok + ", 'max_tokns': 3}");
            case 4 -> bad(400, COMPLETIONS, ok + ", 'max_tokens': '3'}");
            case 5 -> bad(400, COMPLETIONS, ok + ", 'max_tokens': 0}");
            case 6 -> bad(400, COMPLETIONS, ok + ", 'max_tokens': 5000}");
            case 7 -> bad(400, COMPLETIONS, ok + ", 'temperature': -0.1}");
            case 8 -> bad(400, COMPLETIONS, ok + ", 'n': 129}");
            case 9 -> bad(400, COMPLETIONS, ok + ", 'prompt': 'Twice'}");
            case 10 -> bad(400, COMPLETIONS, ok + ", 'stream_options': {}}");
            case 11 -> bad(400, COMPLETIONS, ok + ", 'logit_bias': {'x': 1}}");
            case 12 -> bad(400, COMPLETIONS, "{'model': 'quire-demo'}");
            case 13 -> bad(400, COMPLETIONS, "{'model': 'quire-demo', 'prompt': [4096]}");
            case 14 -> bad(400, COMPLETIONS, "{'model': 'quire-demo', 'prompt': []}");
            case 15 -> bad(404, COMPLETIONS, "{'model': 'gpt', 'prompt': 'Hello'}");
            case 16 -> bad(400, CHAT, "{'model': 'quire-demo', 'messages': []}");
            case 17 ->
                    bad(
                            400,
                            CHAT,
                            "{'model': 'quire-demo', 'messages': [{'role': 'pope', 'content': ''}]}");
            case 18 -> bad(400, CHAT, "{'model': 'quire-demo', 'messages': [{'role': 'user'}]}");
            case 19 -> bad(400, COMPLETIONS, "\ud83d\ude00".repeat(1000));
            case 20 -> bad(400, COMPLETIONS, ok + ", 'metadata': " + "[".repeat(5000));
            case 21 -> bad(404, "/v1/nothing", "{}");
            case 22 -> bad(405, "/v1/models", "{}");
            case 23 -> bad(415, Wire.request("POST", COMPLETIONS, "text/plain", "Hello"));
            case 24 ->
                    bad(
                            413,
                            ("POST "
                                            + COMPLETIONS
                                            + " HTTP/1.1\r\nHost: test\r\nContent-Type: "
                                            + "application/json\r\nContent-Length: 99999999\r\n\r\n{}")
                                    .getBytes(StandardCharsets.US_ASCII));
            case 25 -> bad(400, "NONSENSE\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            default -> throw new IllegalArgumentException("no fault " + fault);
        };
    }

    static final int NUM_FAULTS = 26;

    private static SoakRequest bad(int status, String path, String body) {
        return bad(status, post(path, body.replace('\'', '"')));
    }

    private static SoakRequest bad(int status, byte[] bytes) {
        return new SoakRequest(bytes, status, 0, 0, OptionalInt.empty());
    }
}
