package quire.cli;

import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import quire.error.ConfigurationException;
import quire.hub.HubSettings;
import quire.hub.ModelName;
import quire.hub.Pull;
import quire.settings.Elsewhere;
import quire.settings.EngineSettings;
import quire.settings.Given;
import quire.settings.Spelling;

/**
 * A model as it was typed: what lies here by that path, else the model that comes with Quire by its
 * name, else a name on a hub.
 */
final class ModelArgument {

    private final String typed;

    /**
     * @param typed null for the model that comes with Quire
     */
    ModelArgument(String typed) {
        this.typed = typed == null ? EngineSettings.demoModel().toString() : typed;
    }

    /**
     * Where it lies without a hub; empty for a name of one, or of nothing.
     *
     * @throws ConfigurationException if no path can be of these characters
     */
    Optional<Path> here() {
        try {
            return EngineSettings.here(Path.of(typed));
        } catch (InvalidPathException e) {
            throw new ConfigurationException(
                    "MODEL " + shown() + " is not a path: " + e.getReason(), e);
        }
    }

    /**
     * Its name on a hub, where nothing lies here.
     *
     * @param wanted what may be given, for a sentence
     * @throws ConfigurationException if it is none, with what may have been meant
     */
    ModelName onHub(Path cache, String wanted) {
        refuseElsewhere(typed);
        return ModelName.of(typed)
                .orElseThrow(
                        () ->
                                new ConfigurationException(
                                        "there is no "
                                                + shown()
                                                + " here, and it is no model's name"
                                                + NearModel.of(typed, cache)
                                                        .map(Spelling::guess)
                                                        .orElse("; give " + wanted)));
    }

    /**
     * Refuses what is a model's name in other programs alone.
     *
     * @throws ConfigurationException with its name here
     */
    static void refuseElsewhere(String typed) {
        // A tag of Ollama's says how many parameters, for which the hub has other names.
        String name = typed.replaceFirst(":.*", "");
        Elsewhere.instead(Elsewhere.MODELS, name)
                .ifPresent(
                        instead -> {
                            throw new ConfigurationException("'" + name + "' " + instead);
                        });
    }

    /**
     * Where it lies, once it does: what is of a hub is pulled first.
     *
     * @param wanted what may be given, for a sentence
     */
    Path path(HubSettings hub, PrintWriter err, String wanted) {
        Optional<Path> here = here();
        if (here.isPresent()) {
            return here.get();
        }
        try {
            return Pull.of(onHub(hub.cache(), wanted), hub, PullProgress.on(err)).path();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConfigurationException("interrupted while " + typed + " was pulled", e);
        }
    }

    private String shown() {
        return "'" + new Given("MODEL", List.of(typed)).shown() + "'";
    }
}
