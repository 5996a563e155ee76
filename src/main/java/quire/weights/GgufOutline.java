package quire.weights;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import quire.error.CheckpointException;

/**
 * What stands in front of the tensors of a GGUF file of which only the beginning is here.
 *
 * @param tensors where the bytes of each lie
 */
public record GgufOutline(Map<String, Extent> tensors) {

    public GgufOutline {
        tensors = Collections.unmodifiableMap(tensors);
    }

    /**
     * Bytes of a file.
     *
     * @param first their position
     * @param end behind the last
     */
    public record Extent(long first, long end) {}

    /**
     * Reads the beginning of a file.
     *
     * @param beginning a file that ends where what is known of the whole one does
     * @param fileBytes that the whole one has
     * @return empty where more of it is needed
     * @throws CheckpointException if it is no GGUF file, or damaged or not supported
     */
    public static Optional<GgufOutline> read(Path beginning, long fileBytes) {
        String file = beginning.toString();
        try (FileChannel channel = ModelPaths.open(beginning)) {
            if (!ModelPaths.isGguf(channel)) {
                throw ModelPaths.notGguf(beginning, channel);
            }
            HeaderReader in = HeaderReader.ofBeginning(channel, file, fileBytes);
            Header header = GgufHeader.read(in);
            Map<String, Extent> tensors = new LinkedHashMap<>();
            for (StoredTensor tensor : header.tensors()) {
                long first = tensor.offset();
                tensors.put(tensor.name(), new Extent(first, first + tensor.bytes()));
            }
            return Optional.of(new GgufOutline(tensors));
        } catch (HeaderReader.CutException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw Faults.unreadable(file, e);
        }
    }
}
