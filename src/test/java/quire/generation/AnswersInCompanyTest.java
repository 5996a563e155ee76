package quire.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import quire.CapturedLog;
import quire.grammar.constraint.Constraint;
import quire.sampling.SamplingParams;
import quire.scheduler.SchedulerConfig;
import quire.tokenizer.Tokenizer;

/**
 * The tokens of a choice depend on its request and seed alone: whatever grammars are late, who is
 * beside it, how its prompt is cut, found or computed again, it says what it says where nobody is
 * beside it and everything is ready at once. {@code -Dquire.company.seed} and {@code
 * -Dquire.company.rounds} choose others.
 */
class AnswersInCompanyTest {

    private static final int MAX_LENGTH = 60;
    private static final int BLOCK = 4;

    /** Of a grammar whose texts all begin with a thought, and so with its mark. */
    private static final String THOUGHTFUL = "189";

    private int numForced;
    private int numSatOut;
    private int numFailed;
    private int numEnded;
    private long numPreemptions;
    private long numFound;

    @Test
    void saysWhatIsSaidAloneAndWithNothingLate() {
        long first = Long.getLong("quire.company.seed", 20_261_128L);
        int rounds = Integer.getInteger("quire.company.rounds", 200);
        try (CapturedLog log = new CapturedLog("quire.generation");
                Tokenizer tokenizer = Tokenizer.load(Path.of("models/quire-demo"))) {
            HeldGrammars.Library library =
                    new HeldGrammars.Library(tokenizer, AnswerLife.VOCABULARY);
            for (long seed = first; seed < first + rounds; seed++) {
                live(library, seed);
            }
            assertTrue(log.errors().isEmpty(), () -> log.errors().toString());
        }
        if (rounds >= 200) {
            String happened =
                    ("too little happened: %d ended, %d failed, %d forced, %d sat out,"
                                    + " %d preempted, %d found")
                            .formatted(
                                    numEnded,
                                    numFailed,
                                    numForced,
                                    numSatOut,
                                    numPreemptions,
                                    numFound);
            assertTrue(numEnded > 3 * rounds, happened);
            assertTrue(numFailed < numEnded / 4, happened);
            assertTrue(numForced > rounds, happened);
            assertTrue(numSatOut > 4 * rounds, happened);
            assertTrue(numPreemptions > rounds / 4, happened);
            assertTrue(numFound > 4 * rounds, happened);
        }
    }

    private static SchedulerConfig roomy() {
        return new SchedulerConfig(8, 400, 0, MAX_LENGTH, 200, BLOCK, false);
    }

    private static SchedulerConfig drawn(Random random) {
        int maxNumSequences = 3 + random.nextInt(6);
        return new SchedulerConfig(
                maxNumSequences,
                maxNumSequences + random.nextInt(random.nextBoolean() ? 6 : 60),
                random.nextBoolean() ? 0 : 1 + random.nextInt(9),
                MAX_LENGTH,
                random.nextBoolean() ? 16 + random.nextInt(9) : 200,
                BLOCK,
                random.nextInt(4) > 0);
    }

    private void live(HeldGrammars.Library library, long seed) {
        Random random = new Random(seed);
        List<HeardAnswer> answers = new ArrayList<>();
        String asked = "";
        try (AnswerLife together = new AnswerLife(library, drawn(random))) {
            together.requests(random, 1 + random.nextInt(10), MAX_LENGTH)
                    .forEach(request -> answers.add(new HeardAnswer(request)));
            together.together(answers, random, random.nextBoolean() ? 1 : 1 + random.nextInt(30));
            for (HeardAnswer answer : answers) {
                asked = answer.request().toString();
                try (AnswerLife alone = new AnswerLife(library, roomy())) {
                    answer.check(alone.alone(answer.request()));
                }
                numEnded += answer.hasEnded() ? 1 : 0;
                numFailed += answer.hasFailed() ? 1 : 0;
            }
            numForced += together.numForced();
            numSatOut += together.numSatOut();
            numPreemptions += together.numPreemptions();
            numFound += together.numFound();
        } catch (Throwable broken) {
            throw new AssertionError(
                    "rerun with -Dquire.company.seed="
                            + seed
                            + " -Dquire.company.rounds=1: "
                            + asked,
                    broken);
        }
    }

    @Test
    void stopStringInWhatIsForcedComesBeforeWhatIsRuledOutBehindIt() {
        SamplingParams params =
                SamplingParams.builder()
                        .maxTokens(9)
                        .stop("t")
                        .allowedTokenIds(List.of(99))
                        .build();
        GenerationRequest request =
                new GenerationRequest(
                        "stopped",
                        new int[] {70, 71},
                        params,
                        0,
                        Optional.empty(),
                        new GenerationRequest.Display(new int[0], false, true),
                        Optional.of(new AnswerForm("form", new Constraint.Text(THOUGHTFUL))));
        try (Tokenizer tokenizer = Tokenizer.load(Path.of("models/quire-demo"));
                AnswerLife life =
                        new AnswerLife(
                                new HeldGrammars.Library(tokenizer, AnswerLife.VOCABULARY),
                                roomy())) {
            HeardAnswer answer = life.alone(request);
            assertFalse(answer.hasFailed());
            assertEquals(List.of("<"), answer.texts());
        }
    }
}
