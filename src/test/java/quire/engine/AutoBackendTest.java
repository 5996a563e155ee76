package quire.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.CapturedLog;
import quire.Embedded;
import quire.JavaProcess;
import quire.LLM;
import quire.Outside;
import quire.SamplingParams;
import quire.engine.EngineConfig.ElementType;
import quire.error.ConfigurationException;
import quire.error.QuireException;
import quire.ops.cuda.driver.CudaDriver;
import quire.settings.Flags;

/** Who computes when nobody says, and what the log says of it: once, and why the others do not. */
class AutoBackendTest {
    private static final String DRIVER_ON_PATH = "LD_LIBRARY_PATH";
    private static final String ANSWER = "answer:";

    @TempDir Path folder;

    private static EngineConfig config(ElementType type, int blockSize, CardConfig card) {
        return EngineConfig.builder(Path.of("models/quire-demo"))
                .dtype(type)
                .maxModelLength(64)
                .maxNumSequences(4)
                .maxNumBatchedTokens(64)
                .blockSize(blockSize)
                .kvCacheMemoryBytes(4L << 20)
                .numThreads(1)
                .card(card)
                .build();
    }

    /** Loads the demo model with that type and block size, perhaps over that driver. */
    public static final class Start {
        private Start() {}

        public static void main(String[] arguments) {
            if (arguments.length > 2) {
                System.setProperty(CudaDriver.PROPERTY, arguments[2]);
            }
            ElementType type = ElementType.valueOf(arguments[0]);
            EngineConfig config = config(type, Integer.parseInt(arguments[1]), CardConfig.DEFAULT);
            try (CapturedLog log = CapturedLog.withDetails("quire.engine");
                    LLM llm = Embedded.load(config)) {
                log.details().forEach(System.out::println);
                System.out.println(
                        ANSWER + llm.generate("Once upon a time", SamplingParams.greedy(4)).text());
            } catch (QuireException e) {
                System.out.println(e.message(Flags::spelled));
            }
        }
    }

    private static String start(Path driver, ElementType type, int blockSize) throws Exception {
        return start(
                Map.of(DRIVER_ON_PATH, driver.toAbsolutePath().toString()),
                type.name(),
                Integer.toString(blockSize));
    }

    private static String start(Map<String, String> environment, String... arguments)
            throws Exception {
        Outside.CPU_KERNELS.path();
        JavaProcess.Ended ended =
                JavaProcess.of(Start.class).environment(environment).run(arguments);
        assertEquals(0, ended.exitCode(), ended.output());
        return ended.output();
    }

    /** What the start on the CPU says of the card. */
    private static String notUsed(String output) {
        List<String> lines = output.lines().filter(line -> line.contains("cuda")).toList();
        assertEquals(1, lines.size(), output);
        assertTrue(output.contains(ANSWER) && output.contains("backend: "), output);
        return lines.getFirst();
    }

    /** A {@code libcuda.so.1} that is the emulator under no name of its own: for Quire, a card. */
    private Path card() throws Exception {
        byte[] library = Files.readAllBytes(Outside.CUDA_EMULATOR.path());
        String bytes = new String(library, StandardCharsets.ISO_8859_1);
        assertTrue(bytes.contains("quireEmulatorSet"));
        Files.write(
                folder.resolve("libcuda.so.1"),
                bytes.replace("quireEmulatorSet", "anotherFunction0")
                        .getBytes(StandardCharsets.ISO_8859_1));
        return folder;
    }

    /**
     * A {@code libcuda.so.1} of that version, which finds no card.
     *
     * @param code what asking for the version returns
     */
    private Path driver(int version, int code) throws Exception {
        Path source = folder.resolve("driver.c");
        Files.writeString(
                source,
                "int cuDriverGetVersion(int *v) { *v = "
                        + version
                        + "; return "
                        + code
                        + "; }\nint cuInit(unsigned flags) { return 100; }\n");
        Process compiler =
                new ProcessBuilder(
                                Outside.C_COMPILER.path().toString(),
                                "-shared",
                                "-fPIC",
                                "-Wl,-soname,libcuda.so.1",
                                "-o",
                                folder.resolve("libcuda.so.1").toString(),
                                source.toString())
                        .inheritIO()
                        .start();
        assertEquals(0, compiler.waitFor());
        return folder;
    }

    @Test
    void aCardOfAKindThatWasSeenToBeRightIsTaken() throws Exception {
        String output = start(card(), ElementType.AUTO, 16);
        assertTrue(output.contains("backend: cuda (emulated H100, compute_90a)"), output);
        assertFalse(output.contains("unproven: "), output);
        assertFalse(output.contains("not used: "), output);
        assertTrue(output.contains(ANSWER), output);
    }

    @Test
    void ofACardOfAnotherKindTheLogSaysThatTheKernelsAreUnproven() throws Exception {
        String driver = card().toAbsolutePath().toString();
        String output =
                start(
                        Map.of(DRIVER_ON_PATH, driver, "QUIRE_EMULATOR_CARD", "86"),
                        ElementType.AUTO.name(),
                        "16");
        assertTrue(output.contains("backend: cuda (emulated RTX 3090, compute_80)"), output);
        assertTrue(output.contains("unproven: "), output);
        assertTrue(output.contains("no card of compute capability 8.6"), output);
        assertTrue(output.contains(ANSWER), output);
    }

    @Test
    void aTypeOrABlockThatItsKernelsDoNotTakeGoesToTheNextBackend() throws Exception {
        Path card = card();
        assertEquals(
                "not used: cuda: its kernels have no float32, which dtype asks for; bfloat16 and"
                        + " float16 are what they compute in",
                notUsed(start(card, ElementType.FLOAT32, 16)));
        assertEquals(
                "not used: cuda: blockSize 8 is no multiple of 16",
                notUsed(start(card, ElementType.AUTO, 8)));
    }

    @Test
    void theEmulatedDriverIsNeverTakenByAccident() throws Exception {
        Path found = Outside.CUDA_EMULATOR.path().toAbsolutePath().getParent();
        assertEquals(
                "not used: cuda: the driver that is found here is the emulated one, which must be"
                        + " asked for",
                notUsed(start(found, ElementType.AUTO, 16)));
    }

    @Test
    void withoutADriverOrWithOneThatIsTooOldOrSeesNoCardTheReasonIsSaidOnce() throws Exception {
        assertEquals(
                "not used: cuda: no NVIDIA driver: no-driver is not here or cannot be loaded",
                notUsed(start(Map.of(), "AUTO", "16", "no-driver")));
        assertEquals(
                "not used: cuda: the NVIDIA driver knows CUDA 11.4; needed is CUDA 12.0, which"
                        + " drivers from 525 on have",
                notUsed(start(driver(11_040, 0), ElementType.AUTO, 16)));
        assertEquals(
                "not used: cuda: no CUDA device: the NVIDIA driver sees no card",
                notUsed(start(driver(12_040, 0), ElementType.AUTO, 16)));
        assertEquals(
                "not used: cuda: libcuda.so.1 is no whole driver: cuDriverGetVersion returned 3",
                notUsed(start(driver(12_040, 3), ElementType.AUTO, 16)));
    }

    /** Never ignored: who asks for a part of a card wants one. */
    @Test
    void aPartOfACardIsRefusedWhereNoneIsUsed() {
        CardConfig most = new CardConfig(OptionalDouble.of(0.9), false, List.of(), true, false);
        String refusal =
                assertThrows(
                                ConfigurationException.class,
                                () -> Embedded.load(config(ElementType.FLOAT32, 16, most)))
                        .message(Flags::spelled);
        assertTrue(
                refusal.startsWith(
                        "--gpu-memory-utilization is a part of a card's memory, and no card is used"
                                + " (cuda: its kernels have no float32, which --dtype asks for;"),
                refusal);
        assertTrue(refusal.contains("--kv-cache-memory-bytes"), refusal);
    }
}
