package quire.weights;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import quire.error.CheckpointException;

/**
 * A model's tensors by name, over its memory-mapped files.
 *
 * <p>Owns the mapping: every {@link CheckpointTensor} and all memory behind it is valid until
 * {@link #close}. Immutable, any thread.
 */
public final class Checkpoint implements AutoCloseable {

    /** How a model's files are laid out. */
    public enum Format {
        /** A folder with {@code config.json} and one or more safetensors files. */
        SAFETENSORS,
        /** One self-contained GGUF file, or the parts of one. */
        GGUF
    }

    private final Path path;
    private final Format format;
    private final Map<String, CheckpointTensor> tensors;
    private final Map<String, Object> metadata;
    private final Map<String, String> missing;
    private final Arena arena;

    private Checkpoint(
            Path path,
            Format format,
            Map<String, CheckpointTensor> tensors,
            Map<String, Object> metadata,
            Map<String, String> missing,
            Arena arena) {
        this.path = path;
        this.format = format;
        this.tensors = tensors;
        this.metadata = metadata;
        this.missing = missing;
        this.arena = arena;
    }

    /**
     * Opens a Hugging Face folder or a GGUF file, and maps its weights.
     *
     * @param path a folder with {@code config.json} and {@code model.safetensors} or {@code
     *     model.safetensors.index.json}; or a GGUF file of version 2 or 3, little-endian, whatever
     *     its name, for a split model any part
     * @throws CheckpointException if there is no model, or one that is damaged or not supported
     */
    public static Checkpoint open(Path path) {
        if (Files.isDirectory(path)) {
            return mapped(path, Format.SAFETENSORS, HuggingFaceFolder::open);
        }
        try (FileChannel channel = ModelPaths.open(path)) {
            if (!ModelPaths.isGguf(channel)) {
                throw ModelPaths.notGguf(path, channel);
            }
        } catch (IOException e) {
            throw Faults.unreadable(path.toString(), e);
        }
        return mapped(
                path,
                Format.GGUF,
                (file, arena) -> new Opened(GgufFiles.open(file, arena), Map.of()));
    }

    /**
     * Opens one safetensors file by itself, without a configuration.
     *
     * @throws CheckpointException if it cannot be read or is damaged
     */
    public static Checkpoint openSafetensors(Path file) {
        return mapped(
                file,
                Format.SAFETENSORS,
                (path, arena) ->
                        new Opened(
                                List.of(MappedFile.open(path, arena, SafetensorsHeader::read)),
                                Map.of()));
    }

    /** The path it was opened with; a folder for {@link Format#SAFETENSORS}. */
    public Path path() {
        return path;
    }

    public Format format() {
        return format;
    }

    /** Names of all tensors, in the order of the files; unmodifiable. */
    public Set<String> names() {
        return tensors.keySet();
    }

    /** The tensor of that name, empty if there is none. */
    public Optional<CheckpointTensor> find(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    /**
     * The tensor of that name.
     *
     * @throws CheckpointException if there is none; the message tells the closest names
     */
    public CheckpointTensor tensor(String name) {
        CheckpointTensor tensor = tensors.get(name);
        if (tensor == null && missing.containsKey(name)) {
            throw new CheckpointException(missing.get(name));
        }
        if (tensor == null) {
            List<String> closest = Names.closest(name, tensors.keySet());
            String hint =
                    closest.isEmpty()
                            ? ", which the model needs"
                            : "; the closest of its "
                                    + tensors.size()
                                    + " tensors are "
                                    + String.join(
                                            ", ", closest.stream().map(Names::quote).toList());
            throw new CheckpointException(
                    path + " has no tensor " + Names.quote(name) + hint + ".");
        }
        return tensor;
    }

    /**
     * What the header says besides the tensors; unmodifiable.
     *
     * <p>GGUF: key to {@link Long} (all integers), {@link Double}, {@link Boolean}, {@link String},
     * or an array of these: {@code long[]}, {@code double[]}, {@code boolean[]}, {@code
     * List<String>}; a string that is not UTF-8 is a {@code byte[]}. Safetensors: the strings of
     * {@code __metadata__}, of all files together.
     */
    public Map<String, Object> metadata() {
        return metadata;
    }

    /** Bytes of all tensors together. */
    public long sizeBytes() {
        return tensors.values().stream().mapToLong(tensor -> tensor.data().byteSize()).sum();
    }

    /**
     * Unmaps the files; memory of its tensors must not be in use by any thread, native ones
     * included.
     */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    /**
     * A model's files.
     *
     * @param missing tensors that they ought to have, to the sentence for whoever needs one
     */
    record Opened(List<MappedFile> files, Map<String, String> missing) {}

    private interface Opener {
        Opened open(Path path, Arena arena);
    }

    private static Checkpoint mapped(Path path, Format format, Opener opener) {
        Arena arena = Arena.ofShared();
        boolean opened = false;
        try {
            Opened found = opener.open(path, arena);
            Map<String, CheckpointTensor> tensors = new LinkedHashMap<>();
            Map<String, Object> metadata = new LinkedHashMap<>();
            for (MappedFile file : found.files()) {
                for (CheckpointTensor tensor : file.tensors()) {
                    CheckpointTensor other = tensors.put(tensor.name(), tensor);
                    if (other != null) {
                        throw new CheckpointException(
                                "Tensor "
                                        + Names.quote(tensor.name())
                                        + " is in "
                                        + other.file()
                                        + " and in "
                                        + tensor.file()
                                        + "; it belongs in one of them, download the model again.");
                    }
                }
                file.header().metadata().forEach(metadata::putIfAbsent);
            }
            Checkpoint checkpoint =
                    new Checkpoint(
                            path,
                            format,
                            Collections.unmodifiableMap(tensors),
                            Collections.unmodifiableMap(metadata),
                            Map.copyOf(found.missing()),
                            arena);
            opened = true;
            return checkpoint;
        } finally {
            if (!opened) {
                arena.close();
            }
        }
    }
}
