package quire.ops.cuda.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.DeviceLost;
import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.Kernel;

/**
 * What the emulator says of kernels written by hand, each with a chosen set of settings. Closing
 * forgets them.
 */
final class Reports implements AutoCloseable {
    /** The words of memory that a kernel gets, all 7 at first. */
    static final int WORDS = 1024;

    private static final String START =
            """
            .reg .b64 %m, %n, %k; .reg .b32 %t, %b, %l, %r<12>; .reg .f32 %f<12>;
            .reg .pred %p, %q, %first; .shared .align 128 .b8 room[8192];
            ld.param.u64 %m, [memory]; mov.u32 %t, %tid.x; mov.u32 %b, %ctaid.x;
            mov.u32 %l, %laneid; setp.eq.u32 %first, %t, 0;
            .loc 1 99 0
            """;

    private final Emulator emulator = new Emulator();
    private final Path file;
    private String[] settings = {};

    Reports(Path folder) {
        file = folder.resolve("report.jsonl");
    }

    /** Names and values, for the kernels from here on. */
    Reports with(String... namesAndValues) {
        settings = namesAndValues;
        return this;
    }

    private void set() {
        emulator.reset();
        emulator.set("REPORT", file.toString());
        emulator.set("INSTRUCTIONS", "20000000"); // nothing here may hang
        for (int i = 0; i < settings.length; i += 2) {
            emulator.set(settings[i], settings[i + 1]);
        }
    }

    private static Kernel kernel(HandWritten card, String code) {
        return card.kernel(START + code + "\nret;", "memory");
    }

    private static DeviceBuffer memory(HandWritten card) {
        int[] words = new int[WORDS];
        Arrays.fill(words, 7);
        return card.buffer(words);
    }

    /**
     * Runs a kernel that must fail; {@code %m} is an address of the memory, {@code room} shared
     * memory of 8 KiB, {@code %first} true of thread 0.
     */
    JsonNode of(String code, Grid grid) {
        set();
        try (HandWritten card = new HandWritten()) {
            Kernel kernel = kernel(card, code);
            DeviceBuffer memory = memory(card);
            assertThrows(DeviceLost.class, () -> card.run(kernel, grid, memory), code);
        }
        return last();
    }

    /** Runs a kernel that must not fail, and gives what memory then has. */
    int[] silent(String code, Grid grid) {
        set();
        try (HandWritten card = new HandWritten()) {
            DeviceBuffer memory = memory(card);
            card.run(kernel(card, code), grid, memory);
            return card.ints(memory);
        }
    }

    /** Expects a report of that kind, at a line of PTX with that text. */
    void expect(String kind, String ptx, String code, Grid grid) {
        JsonNode report = of(code, grid);
        assertEquals(kind, report.get("kind").asText(), report::toString);
        assertEquals(ptx, report.get("ptx").asText(), report::toString);
        assertEquals("by_hand.cu", report.get("file").asText(), report::toString);
        assertEquals(99, report.get("line").asInt(), report::toString);
    }

    private JsonNode last() {
        ObjectMapper mapper = new ObjectMapper();
        try {
            JsonNode last = null;
            for (String line : Files.readAllLines(file)) {
                JsonNode report = mapper.readTree(line);
                last = report.get("kind").asText().equals("leak") ? last : report;
            }
            return last;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        emulator.close();
    }
}
