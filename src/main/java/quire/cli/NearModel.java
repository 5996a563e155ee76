package quire.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import quire.error.HubException;
import quire.hub.CachedModels;
import quire.hub.ModelName;
import quire.settings.EngineSettings;
import quire.settings.Spelling;

/** Guesses which model was meant by a word that names none: of a folder, of the cache, or ours. */
final class NearModel {

    /** Entries of a folder that are looked at. */
    private static final int MAX_ENTRIES = 1000;

    private NearModel() {}

    /** Whether the word is the path of something that may be served. */
    static boolean isModel(String typed) {
        try {
            return ModelName.isLocal(typed) && looksLikeModel(Path.of(typed));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /**
     * What could be typed in the place of the word, wherever the model lies.
     *
     * @param cache root of the cache of models
     */
    static Optional<String> of(String typed, Path cache) {
        Path path;
        try {
            path = Path.of(typed);
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
        Map<String, String> models = beside(path);
        Path demo = EngineSettings.demoModel();
        models.put(demo.getFileName().toString(), demo.toString());
        return Optional.ofNullable(path.getFileName())
                .flatMap(last -> Spelling.nearest(last.toString(), models.keySet()))
                .map(models::get)
                .or(() -> inCache(typed, cache));
    }

    /** The same of the cache alone. */
    static Optional<String> inCache(String typed, Path cache) {
        Map<String, String> models = new LinkedHashMap<>();
        cached(cache)
                .forEach(
                        name -> {
                            models.put(name, name);
                            // Without its owner a name is typed as often.
                            models.putIfAbsent(name.substring(name.indexOf('/') + 1), name);
                        });
        return Spelling.nearest(typed, models.keySet()).map(models::get);
    }

    private static Stream<String> cached(Path cache) {
        try {
            return new CachedModels(cache).all().stream().map(model -> model.name().toString());
        } catch (HubException e) {
            // Who mistyped a path hears of that, not of a cache.
            return Stream.empty();
        }
    }

    /** What lies where the path says that the model does, by its own name. */
    private static Map<String, String> beside(Path path) {
        Map<String, String> models = new LinkedHashMap<>();
        Path folder = path.toAbsolutePath().getParent();
        if (folder == null) {
            return models;
        }
        try (Stream<Path> entries = Files.list(folder)) {
            entries.limit(MAX_ENTRIES)
                    .filter(NearModel::looksLikeModel)
                    .forEach(
                            entry ->
                                    models.put(
                                            entry.getFileName().toString(),
                                            path.resolveSibling(entry.getFileName()).toString()));
        } catch (IOException e) {
            // Nor is there anything near a folder that is not there.
        }
        return models;
    }

    private static boolean looksLikeModel(Path entry) {
        return entry.toString().endsWith(".gguf") || Files.exists(entry.resolve("config.json"));
    }
}
