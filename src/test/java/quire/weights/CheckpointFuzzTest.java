package quire.weights;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.error.CheckpointException;
import quire.golden.GoldenData;
import quire.tensor.DType;

/**
 * Damaged files: each opens, and then every tensor lies inside it, or is refused with a {@link
 * CheckpointException}; nothing else is thrown, and memory stays in proportion to the file.
 *
 * <p>{@code -Dquire.fuzz.cases} sets how many, {@code -Dquire.fuzz.seed} which.
 */
class CheckpointFuzzTest {

    private static final int CASES = Integer.getInteger("quire.fuzz.cases", 20_000);
    private static final long SEED = Long.getLong("quire.fuzz.seed", 20_261_122);

    private static final int MAX_READ_ELEMENTS = 2048;

    @TempDir Path folder;

    /**
     * A good file that is damaged in place again and again, mostly in its first {@code
     * headerBytes}.
     */
    private record Victim(
            Path file, byte[] original, int headerBytes, Function<Path, Checkpoint> opener) {}

    @Test
    void damagedSafetensorsFilesAreRefusedOrWhole() throws IOException {
        Path golden = GoldenData.golden();
        byte[] blocks = Files.readAllBytes(golden.resolve("gguf-blocks/expected.safetensors"));
        fuzz(
                victim("blocks.safetensors", blocks, header(blocks), Checkpoint::openSafetensors),
                CASES / 4);
        byte[] small =
                new SafetensorsBytes()
                        .metadata("format", "pt")
                        .tensor("a", "BF16", List.of(2L, 3L), new byte[12])
                        .tensor("b", "I64", List.of(1L), new byte[8])
                        .tensor("c", "F32", List.of(), new byte[4])
                        .bytes();
        fuzz(
                victim("small.safetensors", small, small.length, Checkpoint::openSafetensors),
                CASES / 4);
    }

    @Test
    void damagedGgufFilesAreRefusedOrWhole() throws IOException {
        byte[] small =
                new GgufBytes()
                        .entry("general.architecture", GgufBytes.STRING, GgufBytes.string("llama"))
                        .array(
                                "tokens",
                                GgufBytes.STRING,
                                2,
                                GgufBytes.string("<s>"),
                                GgufBytes.string("é"))
                        .array("scores", 6, 2, GgufBytes.int32(0), GgufBytes.int32(-1))
                        .array(
                                "types",
                                5,
                                3,
                                GgufBytes.int32(0),
                                GgufBytes.int32(1),
                                GgufBytes.int32(2))
                        .entry("flag", 7, new byte[] {1})
                        .alignment(32)
                        .tensor("a", GgmlType.Q4_K, List.of(2L, 256L), new byte[288])
                        .tensor("b", GgmlType.F32, List.of(5L), new byte[20])
                        .tensor("c", GgmlType.Q8_0, List.of(2L, 2L, 32L), new byte[136])
                        .bytes();
        fuzz(victim("small.gguf", small, small.length, Checkpoint::open), CASES / 4);
        try (Stream<Path> files = Files.list(GoldenData.gguf())) {
            for (Path file : files.filter(f -> f.toString().endsWith(".gguf")).sorted().toList()) {
                byte[] bytes = Files.readAllBytes(file);
                int header = Math.min(bytes.length, 1 << 18);
                fuzz(
                        victim(file.getFileName().toString(), bytes, header, Checkpoint::open),
                        CASES / 100);
            }
        }
    }

    @Test
    void damagedIndexIsRefusedOrWhole() throws IOException {
        Path sharded = Files.createDirectory(folder.resolve("sharded"));
        try (Stream<Path> files =
                Files.list(GoldenData.golden().resolve("checkpoints/qwen2-sharded"))) {
            for (Path file : files.toList()) {
                Files.copy(file, sharded.resolve(file.getFileName()));
            }
        }
        Path index = sharded.resolve("model.safetensors.index.json");
        byte[] bytes = Files.readAllBytes(index);
        fuzz(new Victim(index, bytes, bytes.length, file -> Checkpoint.open(sharded)), CASES / 20);
    }

    private void fuzz(Victim victim, int cases) throws IOException {
        try (FileChannel channel = FileChannel.open(victim.file, StandardOpenOption.WRITE)) {
            for (int i = 0; i < cases; i++) {
                String which =
                        victim.file.getFileName() + ", case " + i + " of -Dquire.fuzz.seed=" + SEED;
                Random random = new Random(SEED * 1_000_003 + i);
                long length = damage(victim, channel, random);
                long before = allocated();
                try (Checkpoint checkpoint = victim.opener.apply(victim.file)) {
                    readEverything(checkpoint);
                } catch (CheckpointException e) {
                    assertTrue(e.getMessage().endsWith("."), which + ": " + e.getMessage());
                } catch (RuntimeException | Error e) {
                    throw new AssertionError(which + " threw " + e, e);
                }
                long bytes = allocated() - before;
                assertTrue(
                        bytes < (4 << 20) + 16 * length,
                        which + " allocated " + bytes + " bytes for a file of " + length);
                channel.truncate(Math.min(length, victim.original.length));
                writeAll(channel, victim.original, 0, victim.headerBytes);
                int kept =
                        (int)
                                Math.max(
                                        Math.min(length, victim.original.length),
                                        victim.headerBytes);
                writeAll(channel, victim.original, kept, victim.original.length - kept);
            }
        }
    }

    private static void readEverything(Checkpoint checkpoint) {
        checkpoint.metadata().forEach((key, value) -> assertTrue(key != null && value != null));
        for (String name : checkpoint.names()) {
            CheckpointTensor tensor = checkpoint.tensor(name);
            MemorySegment data = tensor.data();
            if (data.byteSize() > 0) {
                data.get(ValueLayout.JAVA_BYTE, 0);
                data.get(ValueLayout.JAVA_BYTE, data.byteSize() - 1);
            }
            long elements = tensor.numElements();
            boolean floats = tensor.knownType().filter(type -> type != DType.I32).isPresent();
            if (floats && elements <= MAX_READ_ELEMENTS) {
                assertTrue(tensor.toFloats().length == elements);
            }
            if (floats
                    && tensor.shape().size() == 2
                    && tensor.shape().stream().allMatch(n -> n <= Integer.MAX_VALUE)) {
                assertTrue(tensor.asMatrix().data().byteSize() == data.byteSize());
            }
        }
    }

    /** Writes a damaged version over the file and returns its length. */
    private static long damage(Victim victim, FileChannel channel, Random random)
            throws IOException {
        byte[] bytes = Arrays.copyOf(victim.original, victim.headerBytes);
        int times = 1 + random.nextInt(3);
        for (int i = 0; i < times && bytes.length > 0; i++) {
            bytes = Damage.damaged(bytes, random, victim.original.length);
        }
        writeAll(channel, bytes, 0, bytes.length);
        long length = victim.original.length;
        if (victim.headerBytes == victim.original.length) {
            length = bytes.length;
        }
        if (random.nextInt(8) == 0) {
            length = random.nextInt((int) length + 1);
        }
        channel.truncate(length);
        return length;
    }

    private Victim victim(
            String name, byte[] bytes, int headerBytes, Function<Path, Checkpoint> opener)
            throws IOException {
        return new Victim(Files.write(folder.resolve(name), bytes), bytes, headerBytes, opener);
    }

    private static int header(byte[] safetensors) {
        return 8 + (int) ByteBuffer.wrap(safetensors).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    private static void writeAll(FileChannel channel, byte[] bytes, int offset, int length) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
            long position = offset;
            while (buffer.hasRemaining()) {
                position += channel.write(buffer, position);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean())
                .getCurrentThreadAllocatedBytes();
    }
}
