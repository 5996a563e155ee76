package quire.ops;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.stream.IntStream;
import quire.sampling.TokenLogprobs;

/**
 * A backend that takes two steps at once, made of one that takes one: the tokens of a step stay
 * hidden from the host until the next is launched or has been waited for, and pending tokens are
 * filled in by slot when a step begins. Everything else is the other backend's.
 */
public final class LateOps {

    private static final int STEPS = 2;

    /** Looks after which a step is done although none is launched behind it. */
    private static final int PATIENCE = 50;

    private final Ops ops;
    private Late sampler;

    /** Tokens that were filled in by slot. */
    private long numFilledIn;

    private LateOps(Ops ops) {
        this.ops = ops;
    }

    /** What a backend made late did. */
    public interface Lateness {

        /** Tokens that no host knew when they were computed. */
        long numFilledIn();
    }

    /** Makes a backend late, which is closed with it; the result is a {@link Lateness} too. */
    public static Ops of(Ops ops) {
        LateOps late = new LateOps(ops);
        return (Ops)
                Proxy.newProxyInstance(
                        LateOps.class.getClassLoader(),
                        new Class<?>[] {Ops.class, Lateness.class},
                        (proxy, method, arguments) ->
                                switch (method.getName()) {
                                    case "stepsInFlight" -> STEPS;
                                    case "numFilledIn" -> late.numFilledIn;
                                    case "allocateSampler" ->
                                            late.allocateSampler(
                                                    (int) arguments[0], (int) arguments[1]);
                                    default -> {
                                        if (method.getName().equals("begin")) {
                                            late.fillIn((Batch) arguments[0]);
                                        }
                                        try {
                                            yield method.invoke(ops, arguments);
                                        } catch (InvocationTargetException e) {
                                            throw e.getCause();
                                        }
                                    }
                                });
    }

    /** The same backend, which gets a step when the one before is back. */
    public static Ops oneByOne(Ops ops) {
        return (Ops)
                Proxy.newProxyInstance(
                        LateOps.class.getClassLoader(),
                        new Class<?>[] {Ops.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("stepsInFlight")) {
                                return 1;
                            }
                            try {
                                return method.invoke(ops, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    private TokenSampler allocateSampler(int vocabSize, int maxRows) {
        sampler = new Late(ops.allocateSampler(vocabSize, maxRows), maxRows);
        return sampler;
    }

    private void fillIn(Batch batch) {
        for (int t = 0; t < batch.numTokens(); t++) {
            int id = batch.tokenIds().getAtIndex(ValueLayout.JAVA_INT, t);
            if (id < 0) {
                int token = Math.max(0, sampler.last[-1 - id]);
                batch.tokenIds().setAtIndex(ValueLayout.JAVA_INT, t, token);
                numFilledIn++;
            }
        }
    }

    /** Samples at once and tells later. */
    private static final class Late implements TokenSampler {

        private final TokenSampler inner;
        private final int[] last;
        private final int[][] hidden = new int[STEPS][];
        private final TokenLogprobs[][] hiddenLogprobs = new TokenLogprobs[STEPS][];
        private SampleRows rows = new SampleRows(0);
        private int numSampled;
        private int numTaken;
        private int numLooks;

        Late(TokenSampler inner, int maxRows) {
            this.inner = inner;
            this.last = new int[maxRows];
        }

        @Override
        public void begin(SampleRows theRows) {
            rows = theRows;
            inner.begin(rows);
        }

        @Override
        public void sample(Matrix logits) {
            inner.sample(logits);
        }

        @Override
        public void end() {
            assertTrue(numSampled - numTaken < STEPS, "too many steps are under way");
            inner.end();
            int[] tokens = inner.await();
            for (int row = 0; row < rows.size(); row++) {
                last[rows.slot(row)] = tokens[row];
            }
            hiddenLogprobs[numSampled % STEPS] =
                    IntStream.range(0, rows.size() + rows.numScored())
                            .mapToObj(inner::logprobs)
                            .toArray(TokenLogprobs[]::new);
            hidden[numSampled++ % STEPS] = Arrays.copyOf(tokens, rows.size());
        }

        @Override
        public boolean isDone() {
            return numSampled - numTaken == STEPS || ++numLooks > PATIENCE;
        }

        @Override
        public int[] await() {
            assertTrue(numTaken < numSampled, "nothing was sampled");
            numLooks = 0;
            return hidden[numTaken++ % STEPS];
        }

        @Override
        public TokenLogprobs logprobs(int row) {
            return hiddenLogprobs[(numTaken - 1) % STEPS][row];
        }

        @Override
        public void close() {
            inner.close();
        }
    }
}
