package quire.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import quire.CapturedLog;
import quire.sampling.SamplingParams;
import quire.sequence.FinishReason;

class EngineObserversTest {

    private static final int CALLS = 10_000;

    private final EngineObservers observers = new EngineObservers();

    /** Writes down what it hears, and fails where it is told to. */
    private static final class Ear implements EngineObserver {

        private final List<String> heard = new ArrayList<>();
        private Optional<String> failsAt = Optional.empty();

        private void hear(String event) {
            heard.add(event);
            if (failsAt.equals(Optional.of(event))) {
                throw new IllegalStateException("planted");
            }
        }

        @Override
        public void stepDone(int numTokens) {
            hear("step " + numTokens);
        }

        @Override
        public void firstToken(long sinceArrivalNanos, int numPromptTokens) {
            hear("first " + sinceArrivalNanos + " " + numPromptTokens);
        }

        @Override
        public void nextToken(long sinceLastNanos) {
            hear("next " + sinceLastNanos);
        }

        @Override
        public void choiceFinished(ChoiceRecord record) {
            hear("end " + record.reason());
        }

        @Override
        public void closed() {
            hear("closed");
        }
    }

    private static final List<String> LIFE =
            List.of("step 7", "first 5 6", "next 4", "end STOP", "closed");

    private void live() {
        observers.stepDone(7);
        observers.firstToken(5, 6);
        observers.nextToken(4);
        observers.choiceFinished(
                new EngineObserver.ChoiceRecord(
                        FinishReason.STOP, SamplingParams.greedy(1), true, 1, 0, 1, 0, 0, 0, 0));
        observers.closed();
    }

    @Test
    void eachHearsEverything() {
        Ear one = new Ear();
        Ear another = new Ear();
        observers.add(one);
        observers.add(another);
        live();
        assertEquals(LIFE, one.heard);
        assertEquals(LIFE, another.heard);
    }

    @Test
    void whoLeavesHearsNothingMoreNotEvenTheEnd() {
        Ear one = new Ear();
        observers.add(one);
        observers.stepDone(1);
        observers.remove(one);
        live();
        assertEquals(List.of("step 1"), one.heard);
    }

    @Test
    void whoComesTooLateHearsOfTheEndAtOnceAndOnce() {
        live();
        Ear late = new Ear();
        observers.add(late);
        observers.closed();
        assertEquals(List.of("closed"), late.heard);
    }

    @Test
    void whoFailsIsToldOfAndTheOthersHearOn() {
        for (String event : LIFE) {
            EngineObserversTest fresh = new EngineObserversTest();
            Ear failing = new Ear();
            failing.failsAt = Optional.of(event);
            Ear sound = new Ear();
            fresh.observers.add(failing);
            fresh.observers.add(sound);
            try (CapturedLog log = new CapturedLog("quire.generation")) {
                fresh.live();
                assertEquals(List.of("an observer failed, and hears no more"), log.errors());
            }
            assertEquals(LIFE, sound.heard, event);
            assertEquals(LIFE.subList(0, LIFE.indexOf(event) + 1), failing.heard);
        }
    }

    @Test
    void tokensCostNoGarbageWhetherAnybodyListensOrNot() {
        assertEquals(0, allocated(), "nobody listens");
        observers.add(new EngineObserver() {});
        assertEquals(0, allocated(), "somebody listens");
    }

    /** Of the calls that come with each token, once they are compiled. */
    private long allocated() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 10 && least > 0; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < CALLS; i++) {
                observers.stepDone(i);
                observers.firstToken(i, i);
                observers.nextToken(i);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }
}
