package quire.hub;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import quire.error.HubException;

/**
 * Which files of a repository a model needs: configuration, tokenizer and one set of weights, no
 * twins of them.
 *
 * @param files that are needed, small ones first
 * @param gguf the file to open, where the weights are GGUF; of several parts the first
 * @param fact what was chosen, where a user may wonder
 */
record FileChoice(List<RepoFile> files, Optional<RepoFile> gguf, Optional<String> fact) {

    private static final Set<String> TEXTS =
            Set.of(
                    "config.json",
                    "generation_config.json",
                    "tokenizer.json",
                    "tokenizer_config.json",
                    "tokenizer.model",
                    "special_tokens_map.json",
                    "added_tokens.json",
                    "vocab.json",
                    "merges.txt",
                    "chat_template.jinja",
                    "chat_template.json");
    static final String CONFIG = "config.json";
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final Pattern SHARD =
            Pattern.compile("(model)-(\\d{5})-of-(\\d{5})\\.safetensors");
    private static final Pattern TORCH = Pattern.compile(".*\\.(bin|pt|pth)");

    /**
     * Chooses.
     *
     * @throws HubException if there are no weights that can be used, or none of the wanted tag
     */
    static FileChoice of(ModelName name, List<RepoFile> all) {
        List<RepoFile> gguf = gguf(all);
        List<RepoFile> safetensors = safetensors(name, all);
        if (name.tag().isPresent() && gguf.isEmpty()) {
            throw new HubException(
                    name.repo()
                            + " has no GGUF files, of which ':"
                            + name.tag().get()
                            + "' would choose one; leave the tag out.");
        }
        if (name.tag().isEmpty() && !safetensors.isEmpty()) {
            return folder(name, all, safetensors);
        }
        if (gguf.isEmpty()) {
            throw noWeights(name, all);
        }
        return GgufChoice.of(name, gguf);
    }

    /**
     * What tells a model's sizes: the files of {@link #of} where these are GGUF, whose headers are
     * enough then; else the configuration, with the index of the weights where there is one, whose
     * total size tells what a configuration leaves out.
     *
     * @throws HubException if there is neither, or none of the wanted tag
     */
    static FileChoice outline(ModelName name, List<RepoFile> all) {
        boolean hasSafetensors =
                all.stream().anyMatch(file -> file.isAtTop() && isSafetensors(file));
        if (name.tag().isPresent() || !hasSafetensors && !gguf(all).isEmpty()) {
            return of(name, all);
        }
        return configuration(name, all);
    }

    /**
     * The configuration and the index of the weights alone.
     *
     * @throws HubException if there is none
     */
    static FileChoice configuration(ModelName name, List<RepoFile> all) {
        if (all.stream().noneMatch(file -> file.path().equals(CONFIG))) {
            throw new HubException(
                    name.repo()
                            + " has neither "
                            + CONFIG
                            + " nor GGUF files, which say what a model takes; choose another"
                            + " repository, or give a file on this machine.");
        }
        List<RepoFile> files =
                all.stream()
                        .filter(f -> f.path().equals(CONFIG) || f.path().equals(INDEX))
                        .toList();
        return new FileChoice(sorted(files), Optional.empty(), Optional.empty());
    }

    /** Models in GGUF; not what looks at pictures, nor statistics for quantising. */
    private static List<RepoFile> gguf(List<RepoFile> all) {
        return all.stream()
                .filter(file -> lower(file.name()).endsWith(".gguf"))
                .filter(file -> !lower(file.name()).contains("mmproj"))
                .filter(file -> !lower(file.name()).startsWith("imatrix"))
                .toList();
    }

    private static boolean isSafetensors(RepoFile file) {
        return lower(file.path()).endsWith(".safetensors");
    }

    private static FileChoice folder(
            ModelName name, List<RepoFile> all, List<RepoFile> safetensors) {
        List<RepoFile> needed = new ArrayList<>();
        all.stream()
                .filter(file -> file.isAtTop() && TEXTS.contains(file.path()))
                .forEach(needed::add);
        if (needed.stream().noneMatch(file -> file.path().equals(CONFIG))) {
            throw new HubException(
                    name.repo()
                            + " has safetensors files but no "
                            + CONFIG
                            + ", without which they are no model; choose another repository.");
        }
        needed.addAll(safetensors);
        return new FileChoice(sorted(needed), Optional.empty(), Optional.empty());
    }

    /** The whole model in one file, or its shards with their index; nothing of any other name. */
    private static List<RepoFile> safetensors(ModelName name, List<RepoFile> all) {
        List<RepoFile> top = all.stream().filter(RepoFile::isAtTop).toList();
        List<RepoFile> single = top.stream().filter(f -> f.path().equals(SINGLE)).toList();
        if (!single.isEmpty()) {
            return single;
        }
        Map<String, List<RepoFile>> sets = new TreeMap<>();
        for (RepoFile file : top) {
            Matcher shard = SHARD.matcher(file.path());
            if (shard.matches()) {
                sets.computeIfAbsent(shard.group(3), count -> new ArrayList<>()).add(file);
            }
        }
        if (sets.isEmpty()) {
            return List.of();
        }
        Map.Entry<String, List<RepoFile>> set = sets.entrySet().iterator().next();
        int count = Integer.parseInt(set.getKey());
        if (sets.size() > 1) {
            throw new HubException(
                    name.repo()
                            + " has its weights twice, in "
                            + String.join(" and in ", sets.keySet())
                            + " shards; choose another repository or revision.");
        }
        if (set.getValue().size() != count) {
            throw new HubException(
                    name.repo()
                            + " has "
                            + set.getValue().size()
                            + " of the "
                            + count
                            + " shards of its weights; choose another revision, or pull again when"
                            + " its upload is complete.");
        }
        List<RepoFile> files = new ArrayList<>(set.getValue());
        top.stream().filter(file -> file.path().equals(INDEX)).forEach(files::add);
        return files;
    }

    private static HubException noWeights(ModelName name, List<RepoFile> all) {
        Optional<RepoFile> torch =
                all.stream().filter(file -> TORCH.matcher(file.path()).matches()).findFirst();
        if (torch.isPresent()) {
            return new HubException(
                    name.repo()
                            + " has only PyTorch weights ("
                            + Shown.of(torch.get().path())
                            + "), which can run code when loaded and are not read; choose a"
                            + " repository or a revision with safetensors or GGUF files.");
        }
        return new HubException(
                name.repo()
                        + " has neither "
                        + SINGLE
                        + " nor its shards nor GGUF files among its "
                        + all.size()
                        + " files; choose a repository with a language model.");
    }

    private static List<RepoFile> sorted(List<RepoFile> files) {
        return files.stream()
                .sorted(
                        Comparator.comparing(FileChoice::isSafetensors)
                                .thenComparing(RepoFile::path))
                .toList();
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    /** Of all files. */
    long bytes() {
        return files.stream().mapToLong(RepoFile::size).sum();
    }

    /** The same with what the hub said of them meanwhile. */
    FileChoice with(List<RepoFile> known) {
        return new FileChoice(
                known,
                gguf.map(
                        first ->
                                known.stream()
                                        .filter(file -> file.path().equals(first.path()))
                                        .findFirst()
                                        .orElseThrow()),
                fact);
    }
}
