package quire.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.CapturedLog;
import quire.generation.LoopScenario.Outcome;
import quire.tokenizer.Tokenizer;

/**
 * Random lives of a loop over an accelerator in slow motion, with as many steps in flight as it
 * takes: every request is answered once, with the tokens that it gets alone and one step after the
 * other; nothing stays held, and no step is stopped that somebody wants. {@code -Dquire.loop.seed}
 * and {@code -Dquire.loop.rounds} choose others.
 */
class LoopSimulationTest {

    @ParameterizedTest(name = "steps in flight: {0}")
    @ValueSource(ints = {1, 2, 3})
    void everyRequestIsAnsweredOnceAndAsIfItWereAlone(int depth) {
        long first = Long.getLong("quire.loop.seed", 20_261_127L);
        int rounds = Integer.getInteger("quire.loop.rounds", 1000);
        Outcome all = Outcome.NOTHING;
        try (CapturedLog log = new CapturedLog("quire.generation");
                Tokenizer tokenizer = Tokenizer.load(Path.of("models/quire-demo"))) {
            HeldGrammars.Library library =
                    new HeldGrammars.Library(tokenizer, LoopScenario.VOCABULARY);
            for (long seed = first; seed < first + rounds; seed++) {
                all = all.plus(run(library, seed, depth));
            }
            assertTrue(log.errors().size() <= all.failures(), "faults that nobody planted");
        }
        if (rounds >= 1000) {
            String happened = "too little happened: " + all;
            assertTrue(all.ended() > 5 * rounds, happened);
            assertTrue(all.cancelled() > rounds / 4, happened);
            assertTrue(all.lost() > rounds / 4, happened);
            assertTrue(all.failures() > rounds / 4, happened);
            assertTrue(all.deaths() > rounds / 100, happened);
            assertTrue(all.stopped() > rounds / 20, happened);
            assertTrue(all.preemptions() > rounds / 4, happened);
            assertTrue(all.forced() > rounds, happened);
            assertEquals(depth > 1, all.pending() > 10 * rounds, happened);
            assertEquals(depth > 1, all.aheadAgain() > rounds / 2, happened);
        }
    }

    private static Outcome run(HeldGrammars.Library library, long seed, int depth) {
        try {
            return LoopScenario.run(library, seed, depth);
        } catch (Throwable broken) {
            throw new AssertionError(
                    "rerun with -Dquire.loop.seed=" + seed + " -Dquire.loop.rounds=1", broken);
        }
    }
}
