package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import quire.CapturedLog;
import quire.generation.GenerationOutput;
import quire.sequence.FinishReason;

class LoggedAnswerTest {

    private static GenerationOutput output(String text, FinishReason... end) {
        return new GenerationOutput(
                0,
                text,
                1,
                end.length == 0 ? Optional.empty() : Optional.of(end[0]),
                Optional.empty(),
                new int[0],
                List.of(),
                List.of());
    }

    private static List<String> told(LoggedAnswer answer, Runnable what) {
        try (CapturedLog log = new CapturedLog("quire.requests")) {
            what.run();
            return log.facts();
        }
    }

    @Test
    void aChoiceIsToldOnceWhenItEnds() {
        LoggedAnswer answer = new LoggedAnswer("cmpl-1", 2, 100, false);
        assertEquals(
                List.of(
                        "generated cmpl-1, choice 1: length, \"b\"",
                        "generated cmpl-1, choice 0: stop, \"one two\""),
                told(
                        answer,
                        () -> {
                            answer.made(0, output("one"));
                            answer.made(1, output("b", FinishReason.LENGTH));
                            answer.made(0, output(" two"));
                            answer.made(0, output("", FinishReason.STOP));
                            answer.ended("abandoned");
                        }));
    }

    @Test
    void whatDoesNotEndByItselfIsToldAsFarAsItCame() {
        LoggedAnswer answer = new LoggedAnswer("cmpl-1", 3, 100, false);
        assertEquals(
                List.of(
                        "generated cmpl-1, choice 0: stop, \"\"",
                        "generated cmpl-1, choice 1: abandoned, \"some\""),
                told(
                        answer,
                        () -> {
                            answer.made(0, output("", FinishReason.STOP));
                            answer.made(1, output("some"));
                            answer.ended("abandoned");
                        }));
    }

    @Test
    void noMoreIsShownThanIsAllowedAndNoCharacterIsCutInTwo() {
        LoggedAnswer exact = new LoggedAnswer("a", 1, 4, false);
        assertEquals(
                List.of("generated a, choice 0: stop, \"four\""),
                told(exact, () -> exact.made(0, output("four", FinishReason.STOP))));
        LoggedAnswer more = new LoggedAnswer("a", 1, 4, false);
        assertEquals(
                List.of("generated a, choice 0: stop, \"four\"…"),
                told(
                        more,
                        () -> {
                            more.made(0, output("fou"));
                            more.made(0, output("rty"));
                            more.made(0, output(" winks", FinishReason.STOP));
                        }));
        LoggedAnswer pair = new LoggedAnswer("a", 1, 2, false);
        assertEquals(
                List.of("generated a, choice 0: stop, \"a\"…"),
                told(pair, () -> pair.made(0, output("a\ud83e\udda6", FinishReason.STOP))));
        LoggedAnswer none = new LoggedAnswer("a", 1, 0, false);
        assertEquals(
                List.of("generated a, choice 0: stop"),
                told(none, () -> none.made(0, output("secret", FinishReason.STOP))));
    }

    @Test
    void nothingOfItBeginsALineOrSpeaksToATerminal() {
        LoggedAnswer answer = new LoggedAnswer("a", 1, 100, false);
        assertEquals(
                List.of(
                        "generated a, choice 0: stop,"
                                + " \"\\\"x\\\"\\n\\u001b[2J\\u0085\\u2028\\\\ é\""),
                told(
                        answer,
                        () ->
                                answer.made(
                                        0,
                                        output(
                                                "\"x\"\n\u001b[2J\u0085\u2028\\ é",
                                                FinishReason.STOP))));
        assertEquals("a\n\t\\u001bb\\u009bé", LogText.cleaned("a\n\t\u001bb\u009bé"));
    }

    @Test
    void whereLinesHaveFieldsTheTextIsInOneOfThem() {
        LoggedAnswer answer = new LoggedAnswer("a", 1, 100, true);
        assertEquals(
                List.of("generated a, choice 0: stop"),
                told(answer, () -> answer.made(0, output("text", FinishReason.STOP))));
    }
}
