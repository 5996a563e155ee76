package quire.e2e;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a server said, whole or as a stream, chat or completion.
 *
 * @param usage absent from streams that were not asked for it
 */
record Answer(List<Choice> choices, Optional<Usage> usage) {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String DATA = "data: ";

    /** Signs of life of a slow server, which readers skip. */
    private static final Pattern COMMENT = Pattern.compile("(?m)^: \n\n");

    /** One choice, with why it ended and the stop string that did it, if any. */
    record Choice(String text, String finishReason, String stopReason) {}

    record Usage(int promptTokens, int completionTokens) {}

    /** Reads either form. */
    static Answer of(String body) throws JsonProcessingException {
        String said = COMMENT.matcher(body).replaceAll("");
        return said.startsWith(DATA) ? ofStream(said) : ofWhole(JSON.readTree(said));
    }

    private static Answer ofWhole(JsonNode body) {
        List<Choice> choices = new ArrayList<>();
        for (JsonNode choice : body.path("choices")) {
            check(choice.path("index").asInt() == choices.size(), "choices out of order", body);
            String text = choice.path("text").asText(choice.at("/message/content").asText());
            choices.add(ended(text, choice));
        }
        return new Answer(choices, usage(body));
    }

    private static Choice ended(String text, JsonNode choice) {
        return new Choice(
                text, choice.path("finish_reason").asText(), choice.path("stop_reason").asText());
    }

    private static Optional<Usage> usage(JsonNode body) {
        JsonNode usage = body.path("usage");
        return usage.isObject()
                ? Optional.of(
                        new Usage(
                                usage.path("prompt_tokens").asInt(),
                                usage.path("completion_tokens").asInt()))
                : Optional.empty();
    }

    private static Answer ofStream(String body) throws JsonProcessingException {
        String[] events = body.split("\n\n");
        check(events[events.length - 1].equals(DATA + "[DONE]"), "no [DONE]", body);
        List<StringBuilder> texts = new ArrayList<>();
        List<Choice> choices = new ArrayList<>();
        Optional<Usage> usage = Optional.empty();
        for (int i = 0; i < events.length - 1; i++) {
            check(events[i].startsWith(DATA), "not an event", events[i]);
            JsonNode event = JSON.readTree(events[i].substring(DATA.length()));
            check(!event.has("error"), "an error", event);
            for (JsonNode choice : event.path("choices")) {
                take(choice, texts, choices);
            }
            usage = usage(event);
        }
        check(choices.size() == texts.size() && !choices.contains(null), "an open choice", body);
        return new Answer(choices, usage);
    }

    private static void take(JsonNode choice, List<StringBuilder> texts, List<Choice> choices) {
        int index = choice.path("index").asInt();
        while (texts.size() <= index) {
            texts.add(new StringBuilder());
            choices.add(null);
        }
        check(choices.get(index) == null, "more after the end", choice);
        texts.get(index).append(choice.path("text").asText(""));
        texts.get(index).append(choice.at("/delta/content").asText(""));
        if (!choice.path("finish_reason").isNull()) {
            choices.set(index, ended(texts.get(index).toString(), choice));
        }
    }

    private static void check(boolean holds, String fault, Object where) {
        if (!holds) {
            throw new AssertionError(fault + " in " + where);
        }
    }
}
