package quire.cli.talk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import quire.LLM;
import quire.LLMBuilder;
import quire.Message;

class LocalPartnerTest {

    private static final String BEGUN =
            "{% for m in messages %}{{ m.content }}{% endfor %}"
                    + "{% if add_generation_prompt %} <think>\n{% endif %}";

    /** What is heard of an answer, thoughts in brackets. */
    private static String heard(String template, String reasoningParser) {
        return heard(template, reasoningParser, Map.of());
    }

    private static String heard(
            String template, String reasoningParser, Map<String, Object> variables) {
        LLMBuilder builder =
                LLM.builder(Path.of("models/quire-demo"))
                        .chatTemplate(template)
                        .kvCacheBytes(16 << 20)
                        .maxSequences(1);
        if (reasoningParser != null) {
            builder.reasoningParser(reasoningParser);
        }
        StringBuilder heard = new StringBuilder();
        AnswerListener listener =
                new AnswerListener() {
                    @Override
                    public void thought(String piece) {
                        heard.append('[').append(piece).append(']');
                    }

                    @Override
                    public void text(String piece) {
                        heard.append(piece);
                    }
                };
        Question question = new Question.Chat(List.of(Message.user("Once upon a time")));
        Wishes wishes = Wishes.of(List.of("temperature=0", "max_tokens=8"));
        try (Partner partner =
                new LocalPartner(builder.load(), reasoningParser != null, variables)) {
            partner.ask(question, wishes).await(listener);
        }
        return heard.toString();
    }

    @Test
    void thoughtThatThePromptBeginsIsOne() {
        String open = heard(BEGUN, null);
        assertEquals(0, open.indexOf("<think>"), open);
        assertEquals(-1, open.indexOf("<think>", 1), open);
        String plain = heard(BEGUN.replace("<think>", ""), null);
        assertFalse(plain.isEmpty() || plain.contains("<think>"), plain);
    }

    @Test
    void variablesOfTheTemplateAreThoseOfTheFlag() {
        String asked = BEGUN.replace("%} <think>", "and thinking %} <think>");
        assertEquals(-1, heard(asked, null).indexOf("<think>"));
        assertEquals(0, heard(asked, null, Map.of("thinking", true)).indexOf("<think>"));
    }

    @Test
    void modelThatTellsThoughtsApartIsLeftToIt() {
        String told = heard(BEGUN, "qwen3");
        assertFalse(told.contains("<think>"), told);
        assertEquals(0, told.indexOf('['), told);
    }
}
