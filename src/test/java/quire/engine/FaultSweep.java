package quire.engine;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import quire.Embedded;
import quire.LLM;
import quire.LLMException;
import quire.SamplingParams;
import quire.engine.EngineConfig.BackendChoice;
import quire.model.LoadProgress;
import quire.ops.cuda.emulator.Emulator;

/**
 * Lives of an engine on the emulated card, each with one call of the driver that fails: the load,
 * three requests of which one waits, another if the engine lives on, and the end. A program of its
 * own, for a driver that hangs leaves threads behind; it prints what is wrong.
 */
final class FaultSweep {

    private static final List<String> PROMPTS = List.of("abcdefgh", "ab", "hgf");
    private static final int NUM_TOKENS = 4;
    private static final long SEED = 5;
    private static final String OUT_OF_MEMORY = "2";
    private static final String HANG = "hang";
    private static final long PATIENCE_SECONDS = 60;

    /** Of looks whether a kernel is done there are as many as time allows; the first will do. */
    private static final String LOOK = "cuEventQuery";

    private static final int MOST_LOOKS = 12;

    /** Every function of the driver that an engine calls, and "launch": a kernel that fails. */
    private static final List<String> FUNCTIONS =
            List.of(
                    "cuCtxCreate_v2",
                    "cuCtxSetCurrent",
                    "cuCtxDestroy_v2",
                    "cuMemGetInfo_v2",
                    "cuDeviceGetAttribute",
                    "cuDeviceGetUuid",
                    "cuDeviceGetUuid_v2",
                    "cuDeviceTotalMem_v2",
                    "cuStreamCreate",
                    "cuStreamDestroy_v2",
                    "cuStreamSynchronize",
                    "cuEventCreate",
                    "cuEventRecord",
                    "cuEventElapsedTime",
                    LOOK,
                    "cuEventDestroy_v2",
                    "cuMemAlloc_v2",
                    "cuMemFree_v2",
                    "cuMemHostAlloc",
                    "cuMemFreeHost",
                    "cuMemsetD8Async",
                    "cuMemcpyHtoDAsync_v2",
                    "cuMemcpyDtoHAsync_v2",
                    "cuMemcpyDtoDAsync_v2",
                    "cuModuleLoadDataEx",
                    "cuModuleGetFunction",
                    "cuModuleUnload",
                    "cuFuncSetAttribute",
                    "cuFuncGetParamInfo",
                    "cuLaunchKernelEx",
                    "cuStreamBeginCapture_v2",
                    "cuStreamEndCapture",
                    "cuGraphInstantiateWithFlags",
                    "cuGraphInstantiate_v2",
                    "cuGraphLaunch",
                    "cuGraphExecDestroy",
                    "cuGraphDestroy");

    private final Path model;
    private final Emulator emulator;
    private final String result;
    private final Map<String, Long> numCalls = new LinkedHashMap<>();
    private final Map<String, Long> numOfLoad = new LinkedHashMap<>();
    private final List<String> expected = new ArrayList<>();
    private long aliveBefore;
    private String fault = "";
    private int numRuns;
    private int numFailedLoads;
    private int numUnharmed;
    private int numLivedOn;
    private int numDied;

    private FaultSweep(Path model, Emulator emulator, String result) {
        this.model = model;
        this.emulator = emulator;
        this.result = result;
    }

    /**
     * @param arguments the model, what the call gives, and which part of all lives in how many
     */
    public static void main(String[] arguments) throws Exception {
        Emulator emulator = new Emulator();
        FaultSweep sweep = new FaultSweep(Path.of(arguments[0]), emulator, arguments[1]);
        sweep.liveInPeace();
        List<String> faults = sweep.faults();
        int part = Integer.parseInt(arguments[2]);
        int parts = Integer.parseInt(arguments[3]);
        Collections.shuffle(faults, new Random(SEED));
        for (int i = part; i < faults.size(); i += parts) {
            sweep.live(faults.get(i));
        }
        System.out.println(
                "lives %d of %d: loads that failed %d, unharmed %d, lived on %d, died %d"
                        .formatted(
                                sweep.numRuns,
                                faults.size(),
                                sweep.numFailedLoads,
                                sweep.numUnharmed,
                                sweep.numLivedOn,
                                sweep.numDied));
        System.out.flush();
        // Threads that hang keep nobody.
        Runtime.getRuntime().halt(0);
    }

    private EngineConfig config() {
        return EngineConfig.builder(model)
                .backend(BackendChoice.CUDA)
                .emulate(true)
                .maxModelLength(48)
                .maxNumSequences(2)
                .maxNumBatchedTokens(32)
                .kvCacheMemoryBytes(256 << 10)
                .numThreads(1)
                .stepTimeout(isHang() ? Duration.ofSeconds(1) : Duration.ofMinutes(5))
                .build();
    }

    private long count(String name) {
        return emulator.count(name);
    }

    /** Finds out which calls there are and what the answers are. */
    private void liveInPeace() throws Exception {
        try (LLM warm = Embedded.load(config())) {
            warm.generate("a", SamplingParams.greedy(1));
        }
        Map<String, Long> before = new LinkedHashMap<>();
        FUNCTIONS.forEach(name -> before.put(name, count(name)));
        long all = count("calls");
        long kernels = count("kernels");
        LLM llm = Embedded.load(config());
        FUNCTIONS.forEach(name -> numOfLoad.put(name, count(name) - before.get(name)));
        numOfLoad.put("launch", count("kernels") - kernels);
        ask(llm).forEach(answer -> expected.add(answer.orElseThrow(AssertionError::new)));
        expected.add(llm.generate(PROMPTS.getFirst(), params()).text());
        llm.close();
        long known = 0;
        for (String name : FUNCTIONS) {
            long calls = count(name) - before.get(name);
            known += calls;
            numCalls.put(name, name.equals(LOOK) ? Math.min(calls, MOST_LOOKS) : calls);
        }
        numCalls.put("launch", count("kernels") - kernels);
        say(known == count("calls") - all, "a function is missing in the list");
        say(count("alive") == 0, "an engine that ended in peace left something behind");
    }

    private List<String> faults() {
        List<String> faults = new ArrayList<>();
        numCalls.forEach(
                (name, calls) -> {
                    // Nobody watches over a load that hangs but who may interrupt it.
                    long first = isHang() ? numOfLoad.get(name) + 1 : 1;
                    // A kernel that fails does so in its own way.
                    boolean fits = !name.equals("launch") || !result.equals(OUT_OF_MEMORY);
                    for (long n = first; n <= calls && fits; n++) {
                        faults.add(name + ":" + n);
                    }
                });
        return faults;
    }

    private static SamplingParams params() {
        return SamplingParams.greedy(NUM_TOKENS).toBuilder().ignoreEos(true).build();
    }

    /** The texts, or nothing for what ended with an error that is for users. */
    private List<Optional<String>> ask(LLM llm) throws Exception {
        List<CompletableFuture<String>> asked = new ArrayList<>();
        for (String prompt : PROMPTS) {
            CompletableFuture<String> answer = new CompletableFuture<>();
            asked.add(answer);
            Thread.ofPlatform()
                    .daemon()
                    .start(
                            () -> {
                                try {
                                    answer.complete(llm.generate(prompt, params()).text());
                                } catch (Throwable e) {
                                    answer.completeExceptionally(e);
                                }
                            });
        }
        List<Optional<String>> answers = new ArrayList<>();
        for (CompletableFuture<String> answer : asked) {
            answers.add(answer(answer));
        }
        return answers;
    }

    private static Optional<String> answer(CompletableFuture<String> answer) throws Exception {
        try {
            return Optional.of(answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof LLMException) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private void say(boolean right, String wrong) {
        if (!right) {
            System.out.println("WRONG " + fault + ": " + wrong);
        }
    }

    private void live(String where) throws Exception {
        emulator.reset();
        awaitAbandonedThreads();
        aliveBefore = count("alive");
        fault = where + "=" + result;
        numRuns++;
        emulator.set("FAULTS", fault);
        try {
            LlmEngine engine;
            try {
                engine = LlmEngine.load(config(), LoadProgress.SILENT);
            } catch (RuntimeException e) {
                numFailedLoads++;
                checkMessage(e);
                if (!isHang()) {
                    checkNothingIsLeft();
                }
                return;
            }
            try {
                run(engine);
            } finally {
                CompletableFuture.runAsync(engine::close).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
            if (!isHang() && !where.startsWith("cuCtxDestroy")) {
                checkNothingIsLeft();
            }
        } catch (Throwable e) {
            say(false, e.toString());
            e.printStackTrace(System.out);
        }
    }

    /** Those of engines that hung; the driver lets them go on. */
    private static void awaitAbandonedThreads() throws InterruptedException {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().matches("quire-(engine|closer)")) {
                thread.join(Duration.ofSeconds(PATIENCE_SECONDS));
            }
        }
    }

    private void checkNothingIsLeft() {
        long left = count("alive") - aliveBefore;
        say(left == 0, left + " buffers, streams, events and the like are left");
    }

    private void checkMessage(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        boolean tells =
                isHang()
                        ? message.contains("a step has not ended")
                        : message.contains("cu") && message.contains("(" + result + ")");
        say(tells, "the load's error is " + failure);
    }

    private void run(LlmEngine engine) throws Exception {
        LLM llm = Embedded.over(engine);
        List<Optional<String>> answers = ask(llm);
        boolean unharmed = true;
        for (int i = 0; i < answers.size(); i++) {
            unharmed &= answers.get(i).isPresent();
            String wanted = expected.get(i);
            say(answers.get(i).orElse(wanted).equals(wanted), "the answer is another: " + answers);
        }
        if (engine.isLive()) {
            numUnharmed += unharmed ? 1 : 0;
            numLivedOn += unharmed ? 0 : 1;
            say(unharmed || !isFinal(), "it lives on after what is final");
            askAgain(llm);
        }
        if (!engine.isLive()) {
            numDied++;
            say(isFinal(), "it died of what is not final");
            try {
                engine.death().toCompletableFuture().get(1, TimeUnit.MINUTES);
            } catch (TimeoutException e) {
                say(false, "its death is not told");
            }
        }
        say(engine.stats().cacheUsage() == 0, "blocks are held: " + engine.stats());
        say(engine.stats().numHeldSlots() == 0, "slots are held");
        say(engine.numInside() == 0, "somebody is inside");
    }

    /** The fault may come only now. */
    private void askAgain(LLM llm) {
        try {
            String again = llm.generate(PROMPTS.getFirst(), params()).text();
            say(again.equals(expected.getLast()), "later the answer is another: " + again);
        } catch (LLMException e) {
            say(e.getMessage().contains("failed"), "later it says " + e);
        }
    }

    private boolean isFinal() {
        return !result.equals(OUT_OF_MEMORY);
    }

    private boolean isHang() {
        return result.equals(HANG);
    }
}
