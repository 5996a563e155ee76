package quire.ops.cuda.driver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import quire.ops.cuda.EmulatedCuda;

/** What the driver's classes do, over the emulated driver. */
class EmulatedDriverTest {
    private static final int COUNT = 100;
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private Context context;
    private Stream stream;
    private DeviceBuffer values;

    @BeforeEach
    void open() {
        context = Context.own(EmulatedCuda.device());
        stream = new Stream(context);
        values = new DeviceBuffer(context, 4 * COUNT);
        stream.write(MemorySegment.ofArray(new float[COUNT]), values);
    }

    @AfterEach
    void close() {
        if (context != null) {
            context.close();
        }
    }

    private Kernel kernel(String name) {
        return KernelModule.load(context, SmallKernels.files(), "small").kernel(name, 0);
    }

    private Launch adding(float more) {
        return new Launch(stream, kernel("add"), Grid.row(4, 32), values, COUNT, more);
    }

    private float[] values() {
        float[] read = new float[COUNT];
        stream.read(values, MemorySegment.ofArray(read));
        return read;
    }

    private static float[] filled(int count, float value) {
        float[] all = new float[COUNT];
        java.util.Arrays.fill(all, 0, count, value);
        return all;
    }

    @Test
    void aLaunchRunsAgainAndItsArgumentsAndGridCanChange() {
        Launch launch = adding(1.5f);
        launch.run();
        launch.run();
        assertArrayEquals(filled(COUNT, 3), values());
        launch.set(1, 40).set(2, -3f).grid(Grid.row(2, 32)).run();
        float[] wanted = filled(COUNT, 3);
        java.util.Arrays.fill(wanted, 0, 40, 0);
        assertArrayEquals(wanted, values());
        launch.set(0, values.slice(160, 240).address()).set(1, 60).overlapping().run();
        assertArrayEquals(new float[COUNT], values());
    }

    @Test
    void whatAThreadMakesInOneOfItsContextsOutlivesAnother() {
        DeviceBuffer made;
        Event mark;
        try (Context other = Context.own(EmulatedCuda.device())) {
            new Stream(other);
            // The other is the thread's current one.
            made = new DeviceBuffer(context, 4 * COUNT);
            mark = new Event(context);
            adding(1).run();
        }
        stream.copy(values, made, 4 * COUNT);
        mark.record(stream);
        mark.await(LIMIT);
        float[] read = new float[COUNT];
        stream.read(made, MemorySegment.ofArray(read));
        assertArrayEquals(filled(COUNT, 1), read);
    }

    @Test
    void aLaunchThatTheKernelDoesNotTakeIsRefused() {
        Kernel add = kernel("add");
        Grid grid = Grid.row(1, 32);
        assertRefused(() -> new Launch(stream, add, grid, values, COUNT));
        assertRefused(() -> new Launch(stream, add, grid, values, COUNT, 1f, 1));
        assertRefused(() -> new Launch(stream, add, grid, values, (long) COUNT, 1f));
        assertRefused(() -> new Launch(stream, kernel("fail"), grid, 1));
        assertRefused(() -> new Launch(stream, add, grid, values, COUNT, "1"));
        assertRefused(() -> Grid.row(0, 32));
        Launch launch = adding(1);
        assertThrows(IndexOutOfBoundsException.class, () -> launch.set(1, 7L));
        CudaException refused = assertThrows(CudaException.class, launch.grid(1, 1, 1, 4096)::run);
        assertEquals(1, refused.code());
        assertTrue(refused.getMessage().startsWith("cuLaunchKernelEx of add: CUDA_ERROR_INVALID"));
    }

    private static void assertRefused(Runnable launch) {
        assertThrows(IllegalArgumentException.class, launch::run);
    }

    @Test
    void copiesGoBothWaysAndStayInside() {
        try (PinnedBuffer up = new PinnedBuffer(context, 64);
                PinnedBuffer down = new PinnedBuffer(context, 64)) {
            for (int i = 0; i < 16; i++) {
                up.segment().setAtIndex(ValueLayout.JAVA_INT, i, i);
            }
            DeviceBuffer part = values.slice(8, 64);
            stream.upload(up, part, 64);
            DeviceBuffer other = new DeviceBuffer(context, 64);
            stream.fill(other, (byte) 0xff);
            stream.copy(part, other, 32);
            stream.upload(up, 60, other, 4);
            stream.download(other, down, 64);
            stream.synchronize();
            assertEquals(15, down.segment().getAtIndex(ValueLayout.JAVA_INT, 0));
            assertEquals(7, down.segment().getAtIndex(ValueLayout.JAVA_INT, 7));
            assertEquals(-1, down.segment().getAtIndex(ValueLayout.JAVA_INT, 8));
            assertOutside(() -> stream.upload(up, part, 65));
            assertOutside(() -> stream.upload(up, 4, other, 64));
            assertOutside(() -> stream.download(part, down, 65));
            assertOutside(() -> stream.copy(values, other, 65));
            assertOutside(() -> stream.write(MemorySegment.ofArray(new byte[65]), part));
            assertOutside(() -> stream.read(part, MemorySegment.ofArray(new byte[65])));
            assertOutside(() -> values.slice(4 * COUNT - 3, 4));
            assertOutside(() -> part.slice(-8, 8));
        }
    }

    private static void assertOutside(Runnable copy) {
        assertThrows(IndexOutOfBoundsException.class, copy::run);
    }

    @Test
    void aGraphDoesWhatWasRecordedAsOftenAsItIsLaunched() {
        Launch launch = adding(2);
        Graph graph =
                stream.capture(
                        () -> {
                            launch.run();
                            launch.run();
                        });
        assertArrayEquals(new float[COUNT], values());
        launch.set(2, 100f);
        graph.launch(stream);
        graph.launch(stream);
        assertArrayEquals(filled(COUNT, 8), values());
        graph.close();
        assertThrows(IllegalStateException.class, () -> graph.launch(stream));
    }

    @Test
    void aRecordingThatFailsLeavesTheStreamUsable() {
        var failure = new IllegalStateException("no work");
        var thrown =
                assertThrows(
                        IllegalStateException.class,
                        () ->
                                stream.capture(
                                        () -> {
                                            throw failure;
                                        }));
        assertEquals(failure, thrown);
        adding(1).run();
        assertArrayEquals(filled(COUNT, 1), values());
    }

    @Test
    void eventsTellWhatIsDone() {
        Event before = Event.withTime(context);
        Event after = Event.withTime(context);
        before.record(stream);
        adding(1).run();
        after.record(stream);
        after.await(LIMIT);
        assertTrue(after.isDone());
        assertTrue(after.millisSince(before) >= 0);
        Event plain = new Event(context);
        plain.record(stream);
        plain.await(LIMIT);
    }

    @Test
    void aContextBelongsToOneThread() {
        CompletionException refused =
                assertThrows(
                        CompletionException.class,
                        () -> CompletableFuture.runAsync(stream::synchronize).join());
        assertInstanceOf(IllegalStateException.class, refused.getCause());
        assertTrue(refused.getCause().getMessage().contains(Thread.currentThread().getName()));
        Launch launch = adding(1);
        CompletableFuture.runAsync(
                        () -> {
                            context.adopt();
                            launch.run();
                            stream.synchronize();
                        })
                .join();
        assertThrows(IllegalStateException.class, launch::run);
        context.adopt();
        assertArrayEquals(filled(COUNT, 1), values());
    }

    @Test
    void whatIsInAContextEndsWithIt() {
        PinnedBuffer pinned = new PinnedBuffer(context, 16);
        DeviceBuffer part = values.slice(0, 16);
        Launch launch = adding(1);
        assertTrue(context.memory().freeBytes() <= context.memory().totalBytes());
        context.close();
        context.close();
        assertThrows(
                IllegalStateException.class, () -> pinned.segment().get(ValueLayout.JAVA_BYTE, 0));
        assertThrows(IllegalStateException.class, launch::run);
        assertThrows(IllegalStateException.class, part::address);
        assertThrows(IllegalStateException.class, () -> new Stream(context));
        pinned.close();
        stream.close();
    }

    @Test
    void theOneContextOfAProcessIsSharedByItsHolders() {
        try (Context primary = Context.primary(EmulatedCuda.device())) {
            DeviceBuffer buffer = new DeviceBuffer(primary, 16);
            new Stream(primary).fill(buffer, (byte) 1);
            buffer.close();
            buffer.close();
            assertThrows(IllegalStateException.class, buffer::address);
        }
        context.adopt();
    }

    @Test
    void memoryThatThereIsNotIsAnErrorThatHarmsNobody() {
        CudaException no =
                assertThrows(CudaException.class, () -> new DeviceBuffer(context, 1L << 60));
        assertEquals(CudaException.OUT_OF_MEMORY, no.code());
        assertEquals(CudaException.class, no.getClass());
        assertTrue(
                no.getMessage()
                        .startsWith(
                                "cuMemAlloc of 1152921504606846976 bytes:"
                                        + " CUDA_ERROR_OUT_OF_MEMORY (2)"),
                no.getMessage());
        adding(1).run();
        assertArrayEquals(filled(COUNT, 1), values());
        assertRefused(() -> new DeviceBuffer(context, 0));
        assertRefused(() -> new PinnedBuffer(context, -1));
    }

    @Test
    void codeThatIsNotForTheCardIsPassedOver() {
        Capability card = context.device().capability();
        String cubin = "sm_" + card.major() + "0/small.cubin";
        KernelFiles files =
                SmallKernels.of(Map.of(cubin, "no code", "compute_80/small.ptx", SmallKernels.PTX));
        KernelModule module = KernelModule.load(context, files, "small");
        assertEquals("compute_80", module.target());
        Kernel add = module.kernel("add", 1024);
        assertEquals(1024, add.sharedBytes());
        module.close();
        assertThrows(
                IllegalStateException.class,
                () -> new Launch(stream, add, Grid.row(1, 32), values, COUNT, 1f));
    }

    @Test
    void codeThatThereIsNotOrThatDoesNotLoadIsNamed() {
        IllegalStateException none =
                assertThrows(
                        IllegalStateException.class,
                        () -> KernelModule.load(context, SmallKernels.files(), "other"));
        assertTrue(none.getMessage().contains("compute_80/other.ptx"), none.getMessage());
        KernelFiles broken = SmallKernels.of(Map.of("compute_80/broken.ptx", "no code"));
        CudaException unread =
                assertThrows(
                        CudaException.class, () -> KernelModule.load(context, broken, "broken"));
        assertTrue(unread.getMessage().contains("compute_80/broken.ptx"), unread.getMessage());
        CudaException unnamed = assertThrows(CudaException.class, () -> kernel("nothing"));
        assertTrue(unnamed.getMessage().contains("cuModuleGetFunction of nothing"));
    }

    @Test
    void aProcessHasOneDriver() {
        CudaDriver other = CudaDriver.load(Path.of("elsewhere", "libcuda.so.1"));
        String reason = assertInstanceOf(CudaDriver.Refused.class, other).reason();
        assertTrue(reason.contains("cannot be loaded beside"), reason);
    }
}
