package quire.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import quire.error.CheckpointException;
import quire.error.ConfigurationException;
import quire.error.HubException;
import quire.hub.FileReason;
import quire.hub.HeaderReading;
import quire.hub.HubSettings;
import quire.hub.ModelName;
import quire.hub.Pull;
import quire.hub.PullListener;
import quire.model.Fields;
import quire.plan.PlannedModel;
import quire.weights.GgufOutline;

/** A model on a hub, of which a plan needs no weights. */
final class ModelOutline {

    private final ModelName name;
    private final HubSettings settings;
    private final PullListener listener;

    ModelOutline(ModelName name, HubSettings settings, PullListener listener) {
        this.name = name;
        this.settings = settings;
        this.listener = listener;
    }

    /**
     * The model as its configuration or the headers of its GGUF files tell it.
     *
     * @throws quire.error.QuireException if these cannot be had, or are not understood
     */
    PlannedModel planned() throws InterruptedException {
        Path folder = newFolder();
        Thread stopped = Thread.ofPlatform().unstarted(() -> delete(folder));
        Runtime.getRuntime().addShutdownHook(stopped);
        try {
            return PlannedModel.read(
                    Pull.outline(name, settings, folder, ModelOutline::needed, listener));
        } catch (CheckpointException e) {
            // The folder will be gone when somebody reads this.
            String sentence = e.getMessage().replace(folder + "/", name.repo() + "/");
            return ofConfiguration(sentence)
                    .orElseThrow(() -> new CheckpointException(sentence, e));
        } finally {
            Runtime.getRuntime().removeShutdownHook(stopped);
            delete(folder);
        }
    }

    /**
     * The model of a configuration beside files that are not understood, which knows more
     * architectures; nothing where it would say that these files can be served.
     */
    private Optional<PlannedModel> ofConfiguration(String why) throws InterruptedException {
        try {
            PlannedModel planned = PlannedModel.read(Pull.configuration(name, settings, listener));
            if (planned.refusal().isPresent()) {
                listener.said(why + " The plan is made of its config.json.");
                return Optional.of(planned);
            }
        } catch (HubException | CheckpointException e) {
            // There is none, or it is not understood either: the files are what was asked for.
        }
        return Optional.empty();
    }

    /** Tensors that belong to the configuration. */
    private static Optional<List<HeaderReading.Extent>> needed(Path beginning, long fileBytes) {
        return GgufOutline.read(beginning, fileBytes)
                .map(
                        outline ->
                                outline.tensors().entrySet().stream()
                                        .filter(tensor -> Fields.areIn(tensor.getKey()))
                                        .map(tensor -> extent(tensor.getValue()))
                                        .toList());
    }

    private static HeaderReading.Extent extent(GgufOutline.Extent of) {
        return new HeaderReading.Extent(of.first(), of.end());
    }

    private static Path newFolder() {
        try {
            return Files.createTempDirectory("quire-plan-");
        } catch (IOException e) {
            throw new ConfigurationException(
                    "no folder can be made for the headers of the model's files: "
                            + FileReason.of(e)
                            + "; make room in "
                            + System.getProperty("java.io.tmpdir"),
                    e);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            // A few megabytes stay in a folder for what is temporary.
        }
    }
}
