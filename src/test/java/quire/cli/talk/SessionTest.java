package quire.cli.talk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.LLM;
import quire.Message;
import quire.settings.Elsewhere;

/** What a session does with the lines that somebody types. */
class SessionTest {

    @TempDir Path folder;

    private final List<Question> questions = new ArrayList<>();
    private final List<Wishes> wishes = new ArrayList<>();
    private final List<String> figures = new ArrayList<>();
    private final StringWriter screen = new StringWriter();
    private Optional<String> system = Optional.empty();

    /** Lines that are there already; an answer is stopped as soon as it begins where asked for. */
    private static final class Script implements Input {

        private final Queue<String> lines;
        private boolean stopsNext;

        Script(String... lines) {
            this.lines = new ArrayDeque<>(List.of(lines));
        }

        @Override
        public Optional<String> read() {
            Optional<String> line = Optional.ofNullable(lines.poll());
            stopsNext = line.orElse("").startsWith("(stop) ");
            return line;
        }

        @Override
        public Answering answering(Runnable stop) {
            if (stopsNext) {
                stop.run();
            }
            return () -> {};
        }

        @Override
        public void close() {}
    }

    /** Says one sentence with a thought before it, a letter at a time, unless it is stopped. */
    private final class Parrot implements Partner {

        private String says = "<think>hm</think>Polly";
        private String refuses = "";

        @Override
        public String model() {
            return "parrot";
        }

        @Override
        public void check(Wishes asked) {
            asked.params();
        }

        @Override
        public Asked ask(Question question, Wishes asked) {
            questions.add(question);
            wishes.add(asked);
            if (question instanceof Question.Chat chat
                    && chat.conversation().getLast().text().startsWith("(full)")) {
                throw new PartnerException(refuses);
            }
            if (says.isEmpty()) {
                throw new PartnerException("the parrot is dead");
            }
            boolean[] stopped = new boolean[1];
            return new Asked() {
                @Override
                public Answer await(AnswerListener listener) {
                    int length = stopped[0] ? says.length() - 2 : says.length();
                    says.substring(0, length)
                            .chars()
                            .forEach(c -> listener.text(String.valueOf((char) c)));
                    return new Answer(length, stopped[0], false);
                }

                @Override
                public void stop() {
                    stopped[0] = true;
                }
            };
        }

        @Override
        public void close() {}
    }

    private final Parrot parrot = new Parrot();

    private String talk(Partner partner, boolean converses, String... lines) {
        screen.getBuffer().setLength(0);
        Opening opening = new Opening(converses, system, Wishes.NONE);
        new Session(partner, new Script(lines), new Screen(screen, true), opening, figures::add)
                .run();
        return screen.toString();
    }

    private List<Message> conversation(int question) {
        return ((Question.Chat) questions.get(question)).conversation();
    }

    @Test
    void eachQuestionComesWithWhatWasSaidBeforeAndNotWithThoughts() {
        system = Optional.of("You are a parrot.");
        String said = talk(parrot, true, "one", "", "  two  ", "/bye", "three");
        assertEquals(2, questions.size());
        assertEquals(
                List.of(
                        Message.system("You are a parrot."),
                        Message.user("one"),
                        Message.assistant("Polly"),
                        Message.user("two")),
                conversation(1));
        assertEquals(
                "parrot; /help lists the commands, /bye ends\n"
                        + "\u001b[2mhm\u001b[0m\nPolly\n".repeat(2),
                said);
        assertTrue(
                figures.getFirst().matches("22 tokens in \\d.* tokens/s; the first after \\d.* s"),
                figures + "");
    }

    @Test
    void textsBetweenQuotesHaveSeveralLinesAndMayBeginWithASlash() {
        talk(parrot, true, "\"\"\"/bye\nnow\"\"\"", "\"\"\" a \"\"\"", "\"\"\"\"\"\"");
        assertEquals(2, questions.size());
        assertEquals(List.of(Message.user("/bye\nnow")), conversation(0));
        assertEquals("a", conversation(1).getLast().text());
    }

    @Test
    void stoppedAnswerStaysInTheConversation() {
        String said = talk(parrot, true, "(stop) one", "two");
        assertTrue(said.contains("Pol\n(stopped)\n"), said);
        assertEquals(Message.assistant("Pol"), conversation(1).get(1));
    }

    @Test
    void questionThatFailedIsForgottenAndTheSessionGoesOn() {
        parrot.says = "";
        String said = talk(parrot, true, "one", "two");
        assertTrue(said.contains("the parrot is dead\nthe parrot is dead\n"), said);
        assertEquals(List.of(Message.user("two")), conversation(1));
    }

    @Test
    void whereTheContextIsFullTheWayOutIsToldAndTheConversationStays() {
        parrot.refuses = "the maximum context length is 8 tokens";
        String said = talk(parrot, true, "(full) one", "two", "(full) three", "four");
        assertTrue(said.contains("is 8 tokens\n"), said);
        assertTrue(said.contains("is 8 tokens /clear forgets what was said.\n"), said);
        assertEquals(
                List.of(Message.user("two"), Message.assistant("Polly"), Message.user("four")),
                conversation(3));
    }

    @Test
    void clearForgetsAndSystemStays() {
        talk(parrot, true, "/system Be brief.", "one", "/clear", "two", "/system \"\"", "three");
        assertEquals(List.of(Message.system("Be brief."), Message.user("two")), conversation(1));
        assertEquals("user", conversation(2).getFirst().role());
    }

    @Test
    void parametersAreSetShownAndTakenBack() {
        String said =
                talk(
                        parrot,
                        true,
                        "/set temperature 0.5",
                        "/set top_p=0.9",
                        "/set seed -1",
                        "/set stop \u001b end",
                        "one",
                        "/set",
                        "/set top-p",
                        "/set min_p",
                        "/set temperature default",
                        "two");
        assertEquals(4, wishes.getFirst().values().size());
        assertEquals(0.5, wishes.getFirst().values().get(Wish.TEMPERATURE).asDouble());
        assertEquals(3, wishes.get(1).values().size());
        assertTrue(said.contains("\ntemperature 0.5\ntop_p 0.9\nseed -1\nstop ["), said);
        assertTrue(said.contains("\ntop_p 0.9\nmin_p is not set\n"), said);
    }

    @Test
    void whatCannotBeSetIsToldInOneSentenceAndChangesNothing() {
        String said =
                talk(
                        parrot,
                        true,
                        "/set temprature 1",
                        "/set temperature warm",
                        "/set temperature NaN",
                        "/set top_k 3000000000",
                        "/set ignore_eos perhaps",
                        "/set max_tokens 0",
                        "one");
        assertTrue(said.contains("no parameter 'temprature'; did you mean temperature? Known"));
        assertTrue(said.contains("temperature is 'warm'; it takes a number\n"));
        assertTrue(said.contains("temperature is 'NaN'; it takes a number\n"));
        assertTrue(said.contains("top_k is '3000000000'; it takes a whole number of at most"));
        assertTrue(said.contains("ignore_eos is 'perhaps'; it takes true or false\n"));
        assertTrue(said.contains("max_tokens is 0; "), said);
        assertEquals(Wishes.NONE, wishes.getFirst());
        assertEquals(9, said.lines().count(), said);
    }

    @Test
    void unknownCommandIsToldWithTheNearest() {
        String said = talk(parrot, true, "/claer", "/xyzzy", "/HELP");
        assertTrue(said.contains("there is no command '/claer'; did you mean /clear? Known are"));
        assertTrue(said.contains("there is no command '/xyzzy'. Known are /set, /system"), said);
        assertTrue(said.contains("\n/load FILE "), said);
        assertEquals(0, questions.size());
    }

    @Test
    void conversationGoesOnFromAFile() {
        String file = folder.resolve("talk.json").toString();
        String said = talk(parrot, true, "/system S", "one", "/save " + file, "/save", "/load no");
        assertTrue(said.contains("2 messages written to " + file), said);
        assertTrue(said.contains("/save takes a file, such as /save chat.json"), said);
        assertTrue(said.contains("there is no file no"), said);
        said = talk(parrot, true, "lost", "/load " + file, "two");
        assertTrue(said.contains("2 messages read from " + file), said);
        assertEquals(
                List.of(
                        Message.system("S"),
                        Message.user("one"),
                        Message.assistant("Polly"),
                        Message.user("two")),
                conversation(2));
    }

    @Test
    void wordsOfOtherProgramsAreUnderstoodOrAnswered() {
        String said =
                talk(
                        parrot,
                        true,
                        "/set parameter temperature 0.2",
                        "/set",
                        "/set system \"Be brief.\"",
                        "one",
                        "/?",
                        "/exit",
                        "two");
        assertTrue(said.contains("temperature 0.2\n"), said);
        assertTrue(said.contains("/help              this list"), said);
        assertEquals(List.of(Message.system("Be brief."), Message.user("one")), conversation(0));
        assertEquals(1, questions.size());
        for (Elsewhere.Row row : Elsewhere.rows()) {
            if (row.where().contains(Elsewhere.TALKS)) {
                for (String word : row.words()) {
                    String sentence = "there is no command " + word + " here; " + row.what();
                    assertTrue(talk(parrot, true, word).contains(sentence), word);
                }
            }
        }
    }

    @Test
    void textsAreContinuedByThemselvesWithoutConversation() {
        String said = talk(parrot, false, "one", "two", "/clear", "/help");
        assertEquals(List.of(new Question.Text("one"), new Question.Text("two")), questions);
        assertTrue(said.contains("<think>hm</think>Polly\n"), said);
        assertTrue(said.contains("no command '/clear'"), said);
    }

    @Test
    void modelOfThisProcessAnswersAndRefusesInItsOwnWords() {
        try (Partner demo =
                new LocalPartner(LLM.load(Path.of("models/quire-demo")), false, Map.of())) {
            String said =
                    talk(
                            demo,
                            true,
                            "/set temperature -1",
                            "/set temperature 0",
                            "/set max_tokens 3",
                            "What is the capital of France?",
                            "/set ignore_eos true",
                            "/set max_tokens default",
                            "(stop) And of Spain?",
                            "x ".repeat(20_000));
            assertTrue(said.contains("\ntemperature is -1.0; "), said);
            assertTrue(said.contains("\n(cut: /set max_tokens allows more"), said);
            assertTrue(said.contains("(stopped)\n"), said);
            assertTrue(said.lines().toList().getLast().contains("context"), said);
            assertTrue(figures.getFirst().startsWith("3 tokens in "), figures + "");
            assertEquals(2, figures.size());
        }
    }
}
