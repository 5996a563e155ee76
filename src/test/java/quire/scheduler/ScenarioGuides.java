package quire.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import quire.sequence.Guide;
import quire.sequence.Sequence;

/** Guides of some sequences of a scenario: quick ones, late ones, very late ones. */
final class ScenarioGuides {

    private final Random random;
    private final double rate;
    private final double slowRate;
    private final double workRate;
    private long numForced;
    private long numSatOut;

    ScenarioGuides(Random random) {
        this.random = random;
        rate = random.nextInt(3) * 0.3;
        slowRate = random.nextDouble();
        workRate = random.nextBoolean() ? 0.9 : 0.05;
    }

    /** Gives a sequence a guide, or none. */
    void follow(Sequence sequence, int vocabularySize) {
        if (random.nextDouble() < rate) {
            boolean slow = random.nextDouble() < slowRate;
            FakeGuide guide = new FakeGuide(random.nextLong(), vocabularySize, slow);
            guide.finish();
            sequence.follow(guide);
        }
    }

    boolean isGuided(Sequence sequence) {
        return sequence.guide() != Guide.NONE;
    }

    /** Lets some of them come to know what follows; returns the sequences that this ends. */
    List<Sequence> move(Scheduler scheduler, List<Sequence> live) {
        List<Sequence> ended = new ArrayList<>();
        for (Sequence sequence : live) {
            if (!(sequence.guide() instanceof FakeGuide guide) || random.nextDouble() > workRate) {
                continue;
            }
            if (random.nextInt(3) == 0) {
                guide.learn();
            } else if (guide.finish()) {
                scheduler.resume(sequence);
                if (sequence.isFinished()) {
                    ended.add(sequence);
                }
            }
        }
        return ended;
    }

    /**
     * What a sequence got of a step.
     *
     * @param more tokens besides those that were sampled
     */
    void check(Step step, int i, int more) {
        Sequence sequence = step.sequence(i);
        assertTrue(more == 0 || isGuided(sequence) && more > 0, "tokens from nowhere");
        if (step.result().satOut(i)) {
            assertTrue(isGuided(sequence));
            assertEquals(0, step.result().numTokens(i));
            numSatOut++;
        }
        numForced += more;
    }

    long numForced() {
        return numForced;
    }

    long numSatOut() {
        return numSatOut;
    }
}
