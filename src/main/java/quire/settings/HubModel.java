package quire.settings;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import quire.engine.LlmEngine;
import quire.error.ConfigurationException;
import quire.hub.HubSettings;
import quire.hub.ModelName;
import quire.hub.PullListener;

/**
 * A model that the settings name, and no folder or file of this machine.
 *
 * @param name on the hub
 * @param hub where it comes from
 */
public record HubModel(ModelName name, HubSettings hub) {

    private static volatile PullListener shown;

    /**
     * The model, if it is one of a hub.
     *
     * @throws ConfigurationException if what says where the hub is cannot be used
     */
    public static Optional<HubModel> of(Settings settings, Map<String, String> environment) {
        return settings.of(Flags.MODEL)
                .flatMap(typed -> ModelName.of(typed.toString()))
                .map(name -> new HubModel(name, hub(settings, environment)));
    }

    /**
     * Where models come from that are of a hub.
     *
     * @throws ConfigurationException if what says so cannot be used
     */
    public static HubSettings hub(Settings settings, Map<String, String> environment) {
        return HubSettings.read(
                new HubSettings.Asked(
                        settings.of(Flags.REVISION),
                        settings.of(Flags.DOWNLOAD_DIR),
                        settings.of(Flags.HF_TOKEN)),
                environment);
    }

    /** Lets a terminal show the download of the server that is about to start in this process. */
    public static void show(PullListener terminal) {
        shown = terminal;
    }

    /** What shows the download, where a terminal does. */
    public static Optional<PullListener> shown() {
        return Optional.ofNullable(shown);
    }

    /** The names that requests may use for the model of the settings, wherever it comes from. */
    public static List<String> servedNames(Settings settings) {
        List<String> names = settings.of(Flags.SERVED_MODEL_NAME);
        if (!names.isEmpty()) {
            return names;
        }
        return List.of(
                settings.of(Flags.MODEL)
                        .map(Object::toString)
                        .filter(typed -> ModelName.of(typed).isPresent())
                        .orElseGet(() -> LlmEngine.nameOf(EngineSettings.model(settings))));
    }
}
