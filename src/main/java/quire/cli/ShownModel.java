package quire.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import quire.cli.talk.Visible;
import quire.engine.MemoryPlan;
import quire.error.CheckpointException;
import quire.plan.PlannedModel;
import quire.weights.Checkpoint;
import quire.weights.CheckpointTensor;

/** What a model's files say of it, for people to read. */
final class ShownModel {

    private static final long MAX_CONFIG_BYTES = 64 << 20;
    private static final int MAX_LICENCE_BYTES = 4096;
    private static final int MAX_SHOWN = 80;

    private final Path path;
    private final Checkpoint checkpoint;

    private ShownModel(Path path, Checkpoint checkpoint) {
        this.path = path;
        this.checkpoint = checkpoint;
    }

    /**
     * A line for each thing that is known.
     *
     * @throws CheckpointException if the files cannot be used
     */
    static String of(Path path) {
        PlannedModel planned = PlannedModel.read(path);
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            return new ShownModel(path, checkpoint).lines(planned);
        }
    }

    private String lines(PlannedModel planned) {
        return Stream.of(
                        row("path", path.toString()),
                        row("architecture", planned.architecture()),
                        row(
                                "parameters",
                                PlanText.count(planned.numParameters())
                                        + ", "
                                        + planned.numLayers()
                                        + " layers"),
                        row("context", planned.context() + " tokens"),
                        row("weights", weights()),
                        row("template", hasTemplate() ? "for chat" : "none: completions alone"),
                        row("licence", licence().orElse("its files do not say")),
                        planned.refusal()
                                .map(why -> row("not served", Main.sentence(why)))
                                .orElse(""))
                .collect(Collectors.joining());
    }

    private static String row(String name, String value) {
        return String.format(Locale.ROOT, "%-13s %s%n", name, Visible.of(value));
    }

    /** The types in which the weights are stored, that of the most bytes first. */
    private String weights() {
        Map<String, Long> bytes = new TreeMap<>();
        for (String name : checkpoint.names()) {
            CheckpointTensor tensor = checkpoint.tensor(name);
            bytes.merge(tensor.typeName(), tensor.data().byteSize(), Long::sum);
        }
        return bytes.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .map(type -> type.getKey() + " " + MemoryPlan.size(type.getValue()))
                .collect(Collectors.joining(", "));
    }

    private boolean hasTemplate() {
        return switch (checkpoint.format()) {
            case GGUF -> checkpoint.metadata().get("tokenizer.chat_template") instanceof String;
            case SAFETENSORS ->
                    Files.isRegularFile(path.resolve("chat_template.jinja"))
                            || names("tokenizer_config.json")
                            || names("chat_template.json");
        };
    }

    /** Whether a file of JSON has a template. */
    private boolean names(String file) {
        Path config = path.resolve(file);
        try {
            return Files.isRegularFile(config)
                    && Files.size(config) <= MAX_CONFIG_BYTES
                    && new JsonMapper()
                            .readTree(Files.readAllBytes(config))
                            .hasNonNull("chat_template");
        } catch (JsonProcessingException e) {
            return false;
        } catch (IOException e) {
            throw new CheckpointException(config + " cannot be read: " + e, e);
        }
    }

    /** What a GGUF file says, or the card or licence beside other files. */
    private Optional<String> licence() {
        return switch (checkpoint.format()) {
            case GGUF ->
                    Optional.ofNullable(checkpoint.metadata().get("general.license"))
                            .map(ShownModel::shortened);
            case SAFETENSORS ->
                    firstLine("README.md", "license:")
                            .or(() -> firstLine("LICENSE", ""))
                            .or(() -> firstLine("LICENSE.txt", ""));
        };
    }

    private static String shortened(Object text) {
        String line = text.toString().strip();
        return line.length() <= MAX_SHOWN ? line : line.substring(0, MAX_SHOWN) + "...";
    }

    /** What stands behind the word in the first line that begins with it and goes on. */
    private Optional<String> firstLine(String file, String word) {
        Path text = path.resolve(file);
        if (!Files.isRegularFile(text)) {
            return Optional.empty();
        }
        try (InputStream in = Files.newInputStream(text)) {
            String head = new String(in.readNBytes(MAX_LICENCE_BYTES), StandardCharsets.UTF_8);
            List<String> lines = head.lines().toList();
            return lines.stream()
                    .filter(line -> line.startsWith(word))
                    .map(line -> line.substring(word.length()).strip())
                    .filter(line -> !line.isEmpty())
                    .findFirst()
                    .map(ShownModel::shortened);
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
