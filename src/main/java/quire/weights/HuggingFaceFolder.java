package quire.weights;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import quire.error.CheckpointException;

/** The safetensors files of a model folder as {@code save_pretrained} of transformers writes it. */
final class HuggingFaceFolder {

    private HuggingFaceFolder() {}

    /**
     * Opens {@code model.safetensors}, or all files that the index names, or without an index all
     * shards.
     */
    static Checkpoint.Opened open(Path folder, Arena arena) {
        if (!Files.exists(folder.resolve(ModelPaths.CONFIG))) {
            throw ModelPaths.noConfig(folder);
        }
        // A link whose target is gone is there, and opening it says what is wrong.
        Path single = folder.resolve(ModelPaths.SINGLE);
        if (Files.exists(single, LinkOption.NOFOLLOW_LINKS)) {
            return whole(List.of(single), arena);
        }
        Path index = folder.resolve(ModelPaths.INDEX);
        if (!Files.exists(index, LinkOption.NOFOLLOW_LINKS)) {
            return whole(ModelPaths.shards(folder), arena);
        }
        Map<String, Path> fileOf = weightMap(index);
        List<MappedFile> files = new ArrayList<>();
        for (Path file : new LinkedHashSet<>(fileOf.values())) {
            files.add(onlyIndexed(MappedFile.open(file, arena, SafetensorsHeader::read), fileOf));
        }
        return new Checkpoint.Opened(List.copyOf(files), missing(index, files, fileOf));
    }

    private static Checkpoint.Opened whole(List<Path> paths, Arena arena) {
        return new Checkpoint.Opened(
                paths.stream()
                        .map(path -> MappedFile.open(path, arena, SafetensorsHeader::read))
                        .toList(),
                Map.of());
    }

    /** Leaves out tensors that the index takes from another file. */
    private static MappedFile onlyIndexed(MappedFile file, Map<String, Path> fileOf) {
        List<CheckpointTensor> kept =
                file.tensors().stream()
                        .filter(t -> fileOf.getOrDefault(t.name(), file.path()).equals(file.path()))
                        .toList();
        return new MappedFile(file.path(), file.header(), kept);
    }

    /** An index may name what nobody needs, such as tensors that were dropped from the files. */
    private static Map<String, String> missing(
            Path index, List<MappedFile> files, Map<String, Path> fileOf) {
        Set<String> found =
                files.stream()
                        .flatMap(f -> f.tensors().stream())
                        .map(CheckpointTensor::name)
                        .collect(Collectors.toSet());
        Map<String, String> missing = new HashMap<>();
        fileOf.forEach(
                (name, file) -> {
                    if (!found.contains(name)) {
                        missing.put(
                                name,
                                index
                                        + " says that tensor "
                                        + Names.quote(name)
                                        + " is in "
                                        + file
                                        + ", which does not have it; download both again.");
                    }
                });
        return missing;
    }

    /** The index: tensor name to file. */
    private static Map<String, Path> weightMap(Path index) {
        String file = index.toString();
        try (FileChannel channel = ModelPaths.open(index)) {
            HeaderReader in = new HeaderReader(channel, file);
            if (in.fileBytes() > Header.MAX_BYTES) {
                throw in.fault(
                        "has "
                                + in.fileBytes()
                                + " bytes, at most "
                                + Header.MAX_BYTES
                                + " are read");
            }
            byte[] json = in.bytes((int) in.fileBytes(), "the index");
            Map<String, Path> fileOf = new LinkedHashMap<>();
            Json.read(
                    json,
                    file,
                    parser -> {
                        Json.expect(
                                parser, parser.nextToken(), JsonToken.START_OBJECT, "an object");
                        while (parser.nextToken() == JsonToken.FIELD_NAME) {
                            boolean wanted = parser.currentName().equals("weight_map");
                            parser.nextToken();
                            if (wanted) {
                                readWeightMap(parser, index, fileOf);
                            } else {
                                parser.skipChildren();
                            }
                        }
                    });
            if (fileOf.isEmpty()) {
                throw in.fault("has no weight_map with tensors");
            }
            return fileOf;
        } catch (IOException e) {
            throw Faults.unreadable(file, e);
        }
    }

    private static void readWeightMap(JsonParser parser, Path index, Map<String, Path> fileOf)
            throws IOException {
        Json.expect(parser, parser.currentToken(), JsonToken.START_OBJECT, "weight_map, an object");
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String tensor = parser.currentName();
            Json.expect(parser, parser.nextToken(), JsonToken.VALUE_STRING, "a file name");
            fileOf.put(tensor, sibling(index, parser.getText()));
        }
    }

    /** The file of that name beside the index; a name that leads out of the folder is refused. */
    private static Path sibling(Path index, String name) {
        try {
            boolean plain = name.indexOf('/') < 0 && name.indexOf('\\') < 0;
            if (plain && name.endsWith(".safetensors")) {
                return index.resolveSibling(name);
            }
        } catch (InvalidPathException e) {
            throw new CheckpointException(
                    index
                            + " names the file "
                            + Names.quote(name)
                            + ", which is no file name; the file is damaged.",
                    e);
        }
        throw new CheckpointException(
                index
                        + " names the file "
                        + Names.quote(name)
                        + "; a .safetensors file in the same folder is needed.");
    }
}
