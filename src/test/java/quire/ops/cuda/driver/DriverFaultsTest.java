package quire.ops.cuda.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.JavaProcess;
import quire.Outside;
import quire.ops.cuda.EmulatedCuda;

/** Drivers that are not there, too old or empty, and cards that fail: each in a process. */
class DriverFaultsTest {
    /** As little of a driver as there can be, with a card whose work is never done. */
    private static final String STUB =
            """
            #include <string.h>
            #include <stddef.h>
            int cuDriverGetVersion(int *version) { *version = VERSION; return 0; }
            int cuInit(unsigned flags) { return INIT; }
            int cuDeviceGetCount(int *count) { *count = COUNT; return 0; }
            int cuDeviceGet(int *device, int ordinal) { *device = ordinal; return 0; }
            int cuDeviceGetName(char *name, int bytes, int device) { strncpy(name, "Stub", bytes); return 0; }
            int cuDeviceGetAttribute(int *value, int number, int device) { *value = number == 75 ? MAJOR : 0; return 0; }
            int cuGetErrorName(int code, const char **name) { *name = code == 999 ? "CUDA_ERROR_UNKNOWN" : NULL; return 0; }
            int cuGetErrorString(int code, const char **words) { *words = NULL; return 1; }
            int cuCtxCreate_v2(void **context, unsigned flags, int device) { *context = &strncpy; return 0; }
            int cuEventCreate(void **event, unsigned flags) { *event = &strncpy; return 0; }
            int cuEventQuery(void *event) { return 600; }
            int cuLaunchKernelEx(void) { return 0; }
            int cuMemcpyHtoDAsync_v2(void) { return 0; }
            int cuMemcpyDtoHAsync_v2(void) { return 0; }
            int cuMemcpyDtoDAsync_v2(void) { return 0; }
            int cuMemsetD8Async(void) { return 0; }
            #if WHOLE
            int cuTensorMapEncodeTiled(void) { return 0; }
            #endif
            """;

    @TempDir Path folder;

    /** Says why the driver is refused, or waits for its card. */
    static final class Load {
        public static void main(String[] arguments) {
            switch (CudaDriver.load(Path.of(arguments[0]))) {
                case CudaDriver.Refused no -> System.out.println("refused: " + no.reason());
                case CudaDriver.Loaded loaded -> {
                    Device card = loaded.devices().getFirst();
                    System.out.println(loaded.name() + ", " + card);
                    Event event = new Event(Context.own(card));
                    try {
                        event.await(Duration.ofMillis(50));
                    } catch (DeviceLost lost) {
                        System.out.println(lost.code() + ": " + lost.getMessage());
                    }
                }
            }
        }
    }

    private String loading(Path library) throws Exception {
        JavaProcess.Ended ended = JavaProcess.of(Load.class).run(library.toString());
        assertEquals(0, ended.exitCode(), ended.output());
        return ended.output().strip();
    }

    private String stub(String... definitions) throws Exception {
        Path source = Files.writeString(folder.resolve("stub.c"), STUB);
        Path library = folder.resolve("libcuda.so.1");
        List<String> command =
                new ArrayList<>(List.of(Outside.C_COMPILER.path().toString(), "-w", "-shared"));
        command.addAll(List.of("-fPIC", "-Wl,-soname,libcuda.so.1", "-DVERSION=12000", "-DINIT=0"));
        command.addAll(List.of("-DCOUNT=1", "-DMAJOR=9", "-DWHOLE=1"));
        for (String definition : definitions) {
            command.add("-U" + definition.split("=")[0]);
            command.add("-D" + definition);
        }
        command.addAll(List.of("-o", library.toString(), source.toString()));
        Process compiler = new ProcessBuilder(command).inheritIO().start();
        assertEquals(0, compiler.waitFor());
        return loading(library);
    }

    @Test
    void aMachineWithoutADriverIsToldApart() throws Exception {
        Path none = folder.resolve("libcuda.so.1");
        assertEquals(
                "refused: no NVIDIA driver: " + none + " is not here or cannot be loaded",
                loading(none));
    }

    @Test
    void anOldDriverIsNamed() throws Exception {
        assertEquals(
                "refused: the NVIDIA driver knows CUDA 11.8; needed is CUDA 12.0, which drivers"
                        + " from 525 on have",
                stub("VERSION=11080"));
    }

    @Test
    void aDriverWithoutACardIsNamed() throws Exception {
        String sentence = "refused: no CUDA device: the NVIDIA driver sees no card";
        assertEquals(sentence, stub("INIT=100"));
        assertEquals(sentence, stub("COUNT=0"));
    }

    @Test
    void aDriverThatDoesNotStartIsNamed() throws Exception {
        assertEquals(
                "refused: the NVIDIA driver does not start: cuInit: CUDA_ERROR_UNKNOWN (999)",
                stub("INIT=999"));
        assertEquals(
                "refused: the NVIDIA driver does not start: cuInit: an unknown error (998)",
                stub("INIT=998"));
    }

    @Test
    void anOldCardIsNamed() throws Exception {
        assertEquals(
                "refused: Stub has compute capability 7.0; needed is 8.0 or newer",
                stub("MAJOR=7"));
    }

    @Test
    void aDriverThatLacksAFunctionIsNamed() throws Exception {
        String output = stub("WHOLE=0");
        assertTrue(output.startsWith("refused: " + folder), output);
        assertTrue(output.contains("is no whole driver: "), output);
        assertTrue(output.contains("cuTensorMapEncodeTiled"), output);
    }

    @Test
    void aCardThatDoesNotEndItsWorkIsGivenUp() throws Exception {
        assertEquals(
                """
                driver (CUDA 12.0), Stub (compute capability 9.0)
                702: the card has not done its work within 50 ms""",
                stub());
    }

    /** Runs a kernel that fails, and prints what the calls say that may hear of it. */
    static final class Fail {
        public static void main(String[] arguments) {
            Context context = Context.own(EmulatedCuda.device(Path.of(arguments[0])));
            Stream stream = new Stream(context);
            System.out.println("begins");
            Event event = new Event(context);
            Kernel fail =
                    KernelModule.load(context, SmallKernels.files(), "small").kernel("fail", 0);
            say(new Launch(stream, fail, Grid.row(1, 32)));
            say(() -> event.record(stream));
            say(() -> event.await(Duration.ofSeconds(10)));
            say(stream::synchronize);
        }

        private static void say(Runnable call) {
            try {
                call.run();
                System.out.println("success");
            } catch (CudaException e) {
                System.out.println(e.getClass().getSimpleName() + " " + e.getMessage());
            }
        }
    }

    @Test
    void aKernelThatFailsLosesTheDevice() throws Exception {
        JavaProcess.Ended ended =
                JavaProcess.of(Fail.class).run(Outside.CUDA_EMULATOR.path().toString());
        assertEquals(0, ended.exitCode(), ended.output());
        assertTrue(
                ended.output().contains("\nDeviceLost cu")
                        && ended.output().contains(": CUDA_ERROR_LAUNCH_FAILED (719)"),
                ended.output());
    }
}
