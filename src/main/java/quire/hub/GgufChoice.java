package quire.hub;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import quire.error.HubException;

/** Which of a repository's GGUF files are the model: those of one quantisation, all its parts. */
final class GgufChoice {

    private static final int MAX_LISTED = 30;

    private GgufChoice() {}

    /**
     * The quantisation of the name's tag, else Q4_K_M or the nearest to it.
     *
     * @param gguf at least one
     * @throws HubException if there is none of that tag, or not all of its parts
     */
    static FileChoice of(ModelName name, List<RepoFile> gguf) {
        Map<String, List<RepoFile>> types = byType(gguf);
        String type =
                name.tag().isPresent()
                        ? tagged(name, types.keySet())
                        : types.keySet().stream()
                                .min(Comparator.comparingInt(Quantisation::distance))
                                .orElseThrow();
        List<RepoFile> files = sortedByPath(types.get(type));
        int numParts = Quantisation.numParts(files.getFirst().path());
        if (files.size() != numParts) {
            throw new HubException(
                    name.repo()
                            + " has "
                            + files.size()
                            + " of the "
                            + numParts
                            + " parts of "
                            + Shown.of(type)
                            + "; choose another tag of "
                            + listed(types.keySet())
                            + ".");
        }
        Optional<String> fact =
                name.tag().isPresent() || types.size() == 1
                        ? Optional.empty()
                        : Optional.of(
                                name.repo()
                                        + ": "
                                        + Shown.of(type)
                                        + " of "
                                        + listed(types.keySet())
                                        + "; "
                                        + name.repo()
                                        + ":TAG chooses another");
        return new FileChoice(files, Optional.of(files.getFirst()), fact);
    }

    /** Quantisations by name, each with all of its files. */
    private static Map<String, List<RepoFile>> byType(List<RepoFile> gguf) {
        Map<String, Map<String, List<RepoFile>>> wholes = new TreeMap<>();
        for (RepoFile file : gguf) {
            String whole = Quantisation.whole(file.path());
            String type =
                    Quantisation.of(file.path())
                            .orElseGet(() -> whole.substring(whole.lastIndexOf('/') + 1));
            wholes.computeIfAbsent(type, t -> new TreeMap<>())
                    .computeIfAbsent(whole, w -> new ArrayList<>())
                    .add(file);
        }
        Map<String, List<RepoFile>> types = new LinkedHashMap<>();
        // Two files of one type: the one with the shorter name is the model itself.
        wholes.forEach(
                (type, files) ->
                        types.put(
                                type,
                                files.entrySet().stream()
                                        .min(
                                                Comparator.comparingInt(
                                                        whole -> whole.getKey().length()))
                                        .orElseThrow()
                                        .getValue()));
        return types;
    }

    private static String tagged(ModelName name, Collection<String> types) {
        String tag = name.tag().orElseThrow();
        return types.stream()
                .filter(type -> type.equalsIgnoreCase(tag))
                .findFirst()
                .orElseThrow(
                        () ->
                                new HubException(
                                        name.repo()
                                                + " has no '"
                                                + tag
                                                + "'; it has "
                                                + listed(types)
                                                + "."));
    }

    private static String listed(Collection<String> types) {
        List<String> shown =
                types.stream()
                        .sorted(
                                Comparator.comparingInt(Quantisation::distance)
                                        .thenComparing(Comparator.naturalOrder()))
                        .limit(MAX_LISTED)
                        .map(Shown::of)
                        .toList();
        return String.join(", ", shown) + (types.size() > MAX_LISTED ? ", ..." : "");
    }

    private static List<RepoFile> sortedByPath(List<RepoFile> files) {
        return files.stream().sorted(Comparator.comparing(RepoFile::path)).toList();
    }
}
