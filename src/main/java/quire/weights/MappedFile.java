package quire.weights;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import quire.error.CheckpointException;

/** One model file: its header, and its tensors as slices of the mapped bytes. */
record MappedFile(Path path, Header header, List<CheckpointTensor> tensors) {

    /**
     * Reads the header and, where that holds, maps the file.
     *
     * @param arena owns the mapping
     * @param format reads and checks a header
     * @throws CheckpointException if the file cannot be read or breaks its format
     */
    static MappedFile open(Path path, Arena arena, Function<HeaderReader, Header> format) {
        String file = path.toString();
        try (FileChannel channel = ModelPaths.open(path)) {
            HeaderReader in = new HeaderReader(channel, file);
            Header header = format.apply(in);
            MemorySegment bytes =
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, in.fileBytes(), arena);
            List<CheckpointTensor> tensors = new ArrayList<>(header.tensors().size());
            for (StoredTensor stored : header.tensors()) {
                tensors.add(
                        new CheckpointTensor(
                                stored.name(),
                                stored.typeName(),
                                stored.knownType(),
                                stored.shape(),
                                bytes.asSlice(stored.offset(), stored.bytes()),
                                file));
            }
            return new MappedFile(path, header, List.copyOf(tensors));
        } catch (IOException e) {
            throw Faults.unreadable(file, e);
        }
    }
}
