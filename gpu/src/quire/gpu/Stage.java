package quire.gpu;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The stages, the most telling first, with the seconds that each may take. */
enum Stage {
    CARD(40, new CardStage()),
    NUMBERS(40, new NumbersStage()),
    OPS(90, new OpsStage()),
    GOLDENS(60, new GoldensStage()),
    ANSWERS(60, new AnswersStage()),
    ENGINE(120, new EngineStage()),
    SAMPLE(60, new SampleStage()),
    KERNELS(90, new KernelsStage()),
    COSTS(40, new CostsStage()),
    LINEAR(90, new LinearStage()),
    ATTENTION(60, new AttentionStage()),
    GEMM(60, new GemmStage()),
    STEP(90, new StepStage()),
    MEMORY(40, new MemoryStage()),
    PEERS(90, new PeersStage()),
    FAULTS(60, new FaultsStage()),
    TRAP(30, new DeadlyStage("trap_at_once", false)),
    TRAP_PRIMARY(30, new DeadlyStage("trap_at_once", true)),
    WILD(30, new DeadlyStage("wild_write", false)),
    HALT(40, new HaltStage()),
    AFTER(40, new AfterStage());

    /** What a stage does. */
    interface Work {
        void run(Bench bench) throws Exception;
    }

    final int seconds;
    final Work work;

    Stage(int seconds, Work work) {
        this.seconds = seconds;
        this.work = work;
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Stage> of(String label) {
        return Arrays.stream(values()).filter(stage -> stage.label().equals(label)).findFirst();
    }

    static String labels() {
        return Arrays.stream(values()).map(Stage::label).collect(Collectors.joining(", "));
    }
}
