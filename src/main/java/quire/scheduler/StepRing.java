package quire.scheduler;

import quire.sequence.Sequence;

/** Steps in the order of their planning: those in flight, one that is read or planned, in turn. */
final class StepRing {

    private final Step[] steps;
    private int oldest;
    private int numInFlight;

    StepRing(Pipeline pipeline, int maxNumSequences) {
        steps = new Step[pipeline.depth() + 1];
        for (int i = 0; i < steps.length; i++) {
            steps[i] = new Step(maxNumSequences, pipeline.maxRun());
        }
    }

    int numInFlight() {
        return numInFlight;
    }

    /** The i-th step from the oldest in flight on. */
    Step get(int i) {
        return steps[(oldest + i) % steps.length];
    }

    /** An empty step, to be planned. */
    Step next() {
        if (numInFlight == steps.length - 1) {
            throw new IllegalStateException(numInFlight + " steps are in flight");
        }
        Step step = get(numInFlight);
        step.clear();
        return step;
    }

    /** What {@link #next} gave is planned. */
    void launch() {
        numInFlight++;
    }

    /** The oldest steps are no more in flight. */
    void takeBack(int numSteps) {
        oldest = (oldest + numSteps) % steps.length;
        numInFlight -= numSteps;
    }

    void checkOldest(Step step) {
        if (numInFlight == 0 || step != get(0)) {
            throw new IllegalStateException("not the oldest step in flight");
        }
    }

    /** The steps in flight go on from what their sequence really got. */
    void shift(Sequence sequence, int numMore) {
        for (int i = 0; i < numInFlight && numMore > 0; i++) {
            get(i).shift(sequence, numMore);
        }
    }
}
