package quire.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import quire.Outside;
import quire.engine.EngineConfig;
import quire.engine.EngineConfig.BackendChoice;
import quire.engine.LlmEngine;
import quire.error.InvalidRequestException;
import quire.generation.AnswerForm;
import quire.generation.GenerationRequest;
import quire.generation.Submission;
import quire.grammar.constraint.Constraint;
import quire.grammar.schema.SchemaOptions;
import quire.model.LoadProgress;
import quire.sampling.SamplingParams;

/** Forms of answers that are sent to break an engine, beside answers that have none. */
class HostileFormsTest {

    /** Between two tokens of somebody else, on two cores that also run the hostile grammars. */
    private static final long MAX_PAUSE_MILLIS = 1000;

    private static final List<Constraint> HOSTILE =
            List.of(
                    new Constraint.Pattern("[ab]*a[ab]{3000}"),
                    new Constraint.Pattern("((a{0,1000}){0,1000}){0,1000}"),
                    new Constraint.Pattern("(?!.*a.{30}b).*"),
                    new Constraint.Pattern("(\\p{L}{1,500},?){1,500}"),
                    new Constraint.Pattern("a".repeat(10 << 20)),
                    new Constraint.Pattern("(a"),
                    new Constraint.Text("root ::= root root root | \"a\" | \"\""),
                    new Constraint.Text("root ::= a\na ::= b \"x\"\nb ::= a"),
                    new Constraint.Text("root ::= ".concat("(".repeat(200_000))),
                    new Constraint.Choice(
                            IntStream.range(0, 100_000).mapToObj(i -> "c" + i).toList()),
                    new Constraint.Choice(Collections.nCopies(1, "a".repeat(10 << 20))),
                    new Constraint.JsonSchema(
                            "{\"items\":".repeat(20_000) + "{}" + "}".repeat(20_000),
                            SchemaOptions.SERVED),
                    new Constraint.JsonSchema(
                            "{\"type\":\"string\",\"pattern\":\"[ab]*a[ab]{900}\"}",
                            SchemaOptions.SERVED),
                    new Constraint.StructuralTag("{\"format\":{\"type\":\"nothing\"}}"));

    private static GenerationRequest request(
            LlmEngine engine, int seed, int maxTokens, Optional<AnswerForm> form) {
        return new GenerationRequest(
                "request " + seed,
                engine.tokenizer().encode("Once upon a time there was", false),
                SamplingParams.builder()
                        .temperature(1)
                        .seed(seed)
                        .maxTokens(maxTokens)
                        .ignoreEos(form.isEmpty())
                        .build(),
                0,
                Optional.empty(),
                new GenerationRequest.Display(new int[0], false, true),
                form);
    }

    private static List<HeardTokens> ask(LlmEngine engine, List<GenerationRequest> requests) {
        List<HeardTokens> answers = new ArrayList<>();
        List<Submission> submissions = new ArrayList<>();
        for (GenerationRequest request : requests) {
            answers.add(new HeardTokens());
            submissions.add(new Submission(request, answers.getLast()));
        }
        engine.submit(submissions, Integer.MAX_VALUE);
        return answers;
    }

    private static List<GenerationRequest> others(LlmEngine engine) {
        return IntStream.range(0, 4)
                .mapToObj(seed -> request(engine, seed, 200, Optional.empty()))
                .toList();
    }

    @Test
    void theyAreRefusedOrKeptAndHurtNobody() throws Exception {
        Outside.CPU_KERNELS.path();
        EngineConfig config =
                EngineConfig.builder(Path.of("models/quire-demo"))
                        .backend(BackendChoice.CPU)
                        .maxNumSequences(32)
                        .numThreads(2)
                        .build();
        try (LlmEngine engine = LlmEngine.load(config, LoadProgress.SILENT)) {
            List<HeardTokens> alone = ask(engine, others(engine));
            for (HeardTokens answer : alone) {
                answer.await();
            }
            List<HeardTokens> beside = ask(engine, others(engine));
            List<HeardTokens> hostile =
                    ask(
                            engine,
                            IntStream.range(0, HOSTILE.size())
                                    .mapToObj(
                                            i ->
                                                    request(
                                                            engine,
                                                            100 + i,
                                                            30,
                                                            Optional.of(
                                                                    new AnswerForm(
                                                                            "structured_outputs",
                                                                            HOSTILE.get(i)))))
                                    .toList());
            for (int i = 0; i < beside.size(); i++) {
                beside.get(i).await();
                assertEquals(alone.get(i).ids(), beside.get(i).ids(), "company has no say");
                assertTrue(
                        beside.get(i).longestPauseMillis() < MAX_PAUSE_MILLIS,
                        beside.get(i).longestPauseMillis() + " ms without a token");
            }
            int refused = 0;
            for (HeardTokens answer : hostile) {
                try {
                    answer.await();
                } catch (ExecutionException e) {
                    assertInstanceOf(InvalidRequestException.class, e.getCause());
                    refused++;
                }
            }
            assertTrue(refused >= 6 && refused < HOSTILE.size(), refused + " refused");
            assertEquals(0, engine.numInside());
        }
    }
}
