package quire.ops.cuda.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.ops.cuda.driver.CudaException;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.DeviceLost;
import quire.ops.cuda.driver.Event;
import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.Kernel;
import quire.ops.cuda.driver.Launch;

/** The emulated driver's own behaviour: faults on demand, limits, leaks, what it has by name. */
class DriverScriptTest {
    private static final int DYNAMIC_SYMBOLS = 11;
    private static final String NOTHING = "ret;";

    @TempDir Path folder;

    private Emulator emulator;

    @BeforeEach
    void load() {
        emulator = new Emulator();
    }

    @AfterEach
    void forget() {
        if (emulator != null) {
            emulator.close();
        }
    }

    @Test
    void itHasEveryFunctionThatJcudaIsLinkedTo() throws Exception {
        byte[] library;
        try (InputStream in =
                getClass().getResourceAsStream("/native/libJCudaDriver-12.6.0-linux-x86_64.so")) {
            library = in.readAllBytes();
        }
        List<String> names =
                undefinedSymbols(ByteBuffer.wrap(library).order(ByteOrder.LITTLE_ENDIAN)).stream()
                        .filter(name -> name.matches("cu[A-Z].*"))
                        .toList();
        assertTrue(names.size() >= 312, names.size() + " names");
        assertEquals(
                List.of(), names.stream().filter(name -> !emulator.has(name)).sorted().toList());
        try (HandWritten _ = new HandWritten()) {
            assertEquals(801, emulator.call("cuTexObjectCreate"));
            assertTrue(emulator.report().contains("cuTexObjectCreate"), emulator.report());
        }
    }

    /** Of a 64-bit ELF file, by its section of dynamic symbols. */
    private static List<String> undefinedSymbols(ByteBuffer file) {
        long sections = file.getLong(40);
        int sectionBytes = file.getShort(58);
        List<String> names = new ArrayList<>();
        for (int i = 0; i < file.getShort(60); i++) {
            int section = (int) sections + i * sectionBytes;
            if (file.getInt(section + 4) != DYNAMIC_SYMBOLS) {
                continue;
            }
            int strings = (int) sections + file.getInt(section + 40) * sectionBytes;
            int text = (int) file.getLong(strings + 24);
            int from = (int) file.getLong(section + 24);
            int end = from + (int) file.getLong(section + 32);
            for (int symbol = from; symbol < end; symbol += 24) {
                if (file.getShort(symbol + 6) == 0) {
                    names.add(string(file, text + file.getInt(symbol)));
                }
            }
        }
        return names;
    }

    private static String string(ByteBuffer file, int from) {
        int end = from;
        while (file.get(end) != 0) {
            end++;
        }
        return new String(file.array(), from, end - from, StandardCharsets.US_ASCII);
    }

    @Test
    void anAllocationFailsWhereTheScriptSaysSo() {
        try (HandWritten card = new HandWritten()) {
            emulator.set("FAULTS", "alloc:2=2");
            new DeviceBuffer(card.context, 64);
            CudaException full =
                    assertThrows(CudaException.class, () -> new DeviceBuffer(card.context, 64));
            assertEquals(CudaException.OUT_OF_MEMORY, full.code());
            assertFalse(full instanceof DeviceLost);
            new DeviceBuffer(card.context, 64);
        }
    }

    @Test
    void moreMemoryThanTheLimitIsRefused() {
        emulator.set("MEMORY", "1048576");
        try (HandWritten card = new HandWritten()) {
            assertEquals(1048576, card.context.memory().totalBytes());
            DeviceBuffer most = new DeviceBuffer(card.context, 1000000);
            assertEquals(48576, card.context.memory().freeBytes());
            assertThrows(CudaException.class, () -> new DeviceBuffer(card.context, 48577));
            most.close();
            new DeviceBuffer(card.context, 1048576);
        }
    }

    @Test
    void aLaunchThatFailsIsHeardOfLaterAndEveryCallAfterItFails() {
        try (HandWritten card = new HandWritten()) {
            Kernel kernel = card.kernel(NOTHING);
            emulator.set("FAULTS", "launch:2=719");
            card.run(kernel, Grid.row(1, 32));
            assertEquals(
                    719,
                    assertThrows(DeviceLost.class, () -> card.run(kernel, Grid.row(1, 32))).code());
            assertThrows(DeviceLost.class, () -> new DeviceBuffer(card.context, 64));
        }
        assertThrows(CudaException.class, HandWritten::new);
    }

    @Test
    void aFunctionFailsByItsName() {
        try (HandWritten card = new HandWritten()) {
            DeviceBuffer buffer = card.buffer(1, 2, 3, 4);
            emulator.set("FAULTS", "cuMemcpyHtoDAsync:*=700");
            assertThrows(
                    DeviceLost.class,
                    () -> card.stream.write(MemorySegment.ofArray(new int[4]), buffer));
        }
    }

    @Test
    void aCardThatHangsIsNeverDone() {
        try (HandWritten card = new HandWritten()) {
            Kernel kernel = card.kernel(NOTHING);
            Event before = new Event(card.context);
            before.record(card.stream);
            before.await(Duration.ofSeconds(10));
            emulator.set("FAULTS", "launch:1=hang");
            new Launch(card.stream, kernel, Grid.row(1, 32)).run();
            Event after = new Event(card.context);
            after.record(card.stream);
            assertFalse(after.isDone());
            assertThrows(DeviceLost.class, () -> after.await(Duration.ofMillis(20)));
            emulator.reset();
            assertTrue(after.isDone());
        }
    }

    @Test
    void aLostDeviceAnswersNothing() {
        try (HandWritten card = new HandWritten()) {
            emulator.set("FAULTS", "device:lost");
            assertThrows(CudaException.class, card.stream::synchronize);
            emulator.set("FAULTS", "");
            assertThrows(CudaException.class, card.stream::synchronize);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "alloc",
                "alloc:0=2",
                "alloc:1=x",
                "nothing:1=2",
                "launch:=719",
                "alloc:1=2,,"
            })
    void aScriptThatSaysNothingIsRefused(String script) {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> emulator.set("FAULTS", script));
        assertTrue(refused.getMessage().contains("WHAT:N=RESULT"), refused.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"CARD=70", "SUMS=exact", "SCHEDULE=-1", "MEMORY=0", "RACES=yes", "SPEED=1"})
    void aSettingThatIsNoneIsRefused(String setting) {
        String[] parts = setting.split("=");
        IllegalArgumentException refused =
                assertThrows(
                        IllegalArgumentException.class, () -> emulator.set(parts[0], parts[1]));
        assertTrue(
                refused.getMessage().contains("QUIRE_EMULATOR_" + parts[0]), refused.getMessage());
    }

    @Test
    void memoryThatIsLeftIsTold() throws Exception {
        Path file = folder.resolve("report.jsonl");
        emulator.set("REPORT", file.toString());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment handle = arena.allocate(8);
            assertEquals(0, emulator.call("cuCtxCreate_v2", handle, 0, 0));
            MemorySegment context = handle.get(ValueLayout.ADDRESS, 0);
            assertEquals(0, emulator.call("cuMemAlloc_v2", handle, 100L));
            assertEquals(0, emulator.call("cuMemAlloc_v2", handle, 23L));
            assertEquals(0, emulator.call("cuCtxDestroy_v2", context));
        }
        String report = Files.readString(file);
        assertTrue(report.contains("2 buffers of 123 bytes"), report);
        assertTrue(emulator.report().startsWith("leak: "), emulator.report());
    }

    @Test
    void callsAndBytesAreCounted() {
        try (HandWritten card = new HandWritten()) {
            Kernel kernel = card.kernel(NOTHING);
            long launches = emulator.count("cuLaunchKernelEx");
            long kernels = emulator.count("kernels");
            long up = emulator.count("bytesToDevice");
            card.run(kernel, Grid.row(3, 32));
            card.buffer(1, 2, 3);
            assertEquals(1, emulator.count("cuLaunchKernelEx") - launches);
            assertEquals(1, emulator.count("kernels") - kernels);
            assertEquals(12, emulator.count("bytesToDevice") - up);
        }
    }

    /** A cache of gigabytes is zeroed whole before anybody uses a part of it. */
    @Test
    void zerosTakeNoneOfTheMachinesMemoryUntilSomebodyLooks() throws Exception {
        try (HandWritten card = new HandWritten()) {
            DeviceBuffer much = new DeviceBuffer(card.context, 4L << 30);
            long before = residentBytes();
            card.stream.fill(much, (byte) 0);
            card.stream.synchronize();
            assertTrue(residentBytes() - before < 256L << 20, "resident: " + residentBytes());
            Kernel reader =
                    card.kernel(
                            ".reg .b64 %rd<3>; ld.param.u64 %rd1, [at];"
                                    + " ld.global.u64 %rd2, [%rd1+2147483648];"
                                    + " st.global.u64 [%rd1], %rd2; ret;",
                            "at");
            card.run(reader, Grid.row(1, 1), much);
            assertEquals(0, card.longs(much.slice(0, 8))[0]);
        }
    }

    /** Pages at both ends have neighbours that stay. */
    @Test
    void zerosEndWhereTheyShould() {
        try (HandWritten card = new HandWritten()) {
            int bytes = 3 << 20;
            DeviceBuffer all = new DeviceBuffer(card.context, bytes);
            card.stream.fill(all, (byte) -1);
            card.stream.fill(all.slice(1000, bytes - 3000), (byte) 0);
            byte[] values = new byte[bytes];
            card.stream.read(all, MemorySegment.ofArray(values));
            for (int i = 0; i < bytes; i++) {
                assertEquals(i < 1000 || i >= bytes - 2000 ? -1 : 0, values[i], "byte " + i);
            }
        }
    }

    private static long residentBytes() throws IOException {
        return 4096 * Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]);
    }
}
