package quire.hub;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Knows how long the header of a file is, and what else of it is needed; hubs do not. */
public interface HeaderReading {

    /**
     * Bytes of a file.
     *
     * @param first their position
     * @param end behind the last
     */
    record Extent(long first, long end) {}

    /**
     * Reads the beginning of a file.
     *
     * @param beginning a file that ends where what is known of the whole one does
     * @param fileBytes that the whole one has
     * @return what is needed further; empty where the header goes on behind the beginning
     */
    Optional<List<Extent>> needed(Path beginning, long fileBytes);
}
