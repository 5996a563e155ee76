package quire.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import quire.error.ConfigurationException;

/** Who may tell the server something, and who wins. */
class SourcesTest {

    @TempDir Path folder;

    private static Settings settings(Map<String, String> flags, Map<String, String> environment) {
        Map<Flag<?>, Given> given = new HashMap<>();
        flags.forEach(
                (name, value) -> {
                    Flag<?> flag = Flags.find(name).orElseThrow();
                    given.put(flag, Given.of(Origin.COMMAND_LINE, flag, List.of(value)));
                });
        return Settings.read(given, environment);
    }

    private static Settings settings(Map<String, String> environment) {
        return settings(Map.of(), environment);
    }

    private static String refusal(Map<String, String> environment) {
        return assertThrows(ConfigurationException.class, () -> settings(environment)).getMessage();
    }

    /** A row of the table is all that a flag needs to be heard from all three places. */
    @Test
    void everyFlagMeansTheSameFromEverywhere() throws IOException {
        for (Flag<?> flag : Flags.all()) {
            if (flag == Flags.CONFIG) {
                continue;
            }
            String text = sample(flag);
            Object typed = settings(Map.of(flag.name(), text), Map.of()).of(flag);
            String variable = Origin.ENVIRONMENT.spell(flag.name());
            assertEquals(typed, settings(Map.of(variable, text)).of(flag), variable);
            Path file =
                    Files.writeString(
                            folder.resolve("quire.yaml"), flag.name() + ": \"" + text + "\"\n");
            assertEquals(
                    typed,
                    settings(Map.of("config", file.toString()), Map.of()).of(flag),
                    flag.name());
        }
    }

    /** A flag that concerned the engine and changed nothing of it would be ignored by a run. */
    @Test
    void whatConcernsTheEngineReachesItOrTheHub() {
        Set<Flag<?>> ofPrompts = Set.of(Flags.REASONING_PARSER, Flags.DEFAULT_CHAT_TEMPLATE_KWARGS);
        for (Flag<?> flag : Flags.ofEngine()) {
            if (flag == Flags.CONFIG) {
                continue;
            }
            Map<String, String> told =
                    new HashMap<>(Map.of("backend", "cuda", "max-num-seqs", "32"));
            Settings before = settings(told, Map.of());
            told.put(flag.name(), sample(flag));
            Settings after = settings(told, Map.of());
            boolean isDefault = after.of(flag).equals(flag.unset());
            assertTrue(
                    isDefault
                            || ofPrompts.contains(flag)
                            || !EngineSettings.of(before).equals(EngineSettings.of(after))
                            || !HubModel.hub(before, Map.of())
                                    .equals(HubModel.hub(after, Map.of())),
                    flag.name());
        }
    }

    /** A text that the flag takes, and that is not its default if there is another. */
    private static String sample(Flag<?> flag) {
        String taken = "";
        for (String text :
                List.of(
                        "false",
                        "32",
                        "0.5",
                        "float16",
                        "reference",
                        "hermes",
                        "qwen3",
                        "::1",
                        "priority",
                        "debug",
                        "json",
                        "{}",
                        "GET",
                        "https://a.example",
                        "true")) {
            try {
                Object value = flag.kind().read(new Given("sample", List.of(text)));
                taken = taken.isEmpty() ? text : taken;
                if (!value.equals(flag.unset())) {
                    return text;
                }
            } catch (ConfigurationException e) {
                // Another kind's.
            }
        }
        assertFalse(taken.isEmpty(), flag.name() + " takes none of the samples");
        return taken;
    }

    @Test
    void flagWinsOverEnvironmentAndThatOverTheFile() throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("quire.yaml"), "port: 1\nmax-num-seqs: 2\nblock-size: 8\n");
        Map<String, String> environment =
                Map.of("QUIRE_CONFIG", file.toString(), "QUIRE_MAX_NUM_SEQS", "3");
        Settings settings = settings(Map.of("port", "9"), environment);
        assertEquals(9, settings.of(Flags.PORT));
        assertEquals(3, settings.of(Flags.MAX_NUM_SEQS));
        assertEquals(8, settings.of(Flags.BLOCK_SIZE));
        assertEquals(
                2,
                settings(Map.of("config", file.toString()), Map.of("QUIRE_CONFIG", "missing"))
                        .of(Flags.MAX_NUM_SEQS));
    }

    @Test
    void whatLosesIsNotLookedInto() {
        Map<String, String> environment = Map.of("QUIRE_PORT", "tcp://10.0.0.1:8000");
        assertEquals(9, settings(Map.of("port", "9"), environment).of(Flags.PORT));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pa$$word",
                "${quire.port}",
                "p${q",
                "a\\b",
                "x$$y",
                "a,b",
                "\\${x}",
                "$",
                "\\",
                "#",
                "%25",
                "'q'",
                "00123",
                "1e3",
                "yes",
                "null",
                "@file"
            })
    void textsAreTakenAsTheyStand(String text) {
        Map<String, String> variables = Map.of("QUIRE_API_KEY", text, "QUIRE_MODEL", "/m/" + text);
        Settings settings = settings(variables);
        assertEquals(List.of(text), settings.of(Flags.API_KEY));
        assertEquals(Optional.of(Path.of("/m/" + text)), settings.of(Flags.MODEL));
        assertEquals(List.of(text), settings(Map.of("api-key", text), Map.of()).of(Flags.API_KEY));
    }

    @Test
    void severalKeysOfOneVariableStandOnLines() {
        assertEquals(
                List.of("a,b", "c"),
                settings(Map.of("QUIRE_API_KEY", " a,b\r\nc\n")).of(Flags.API_KEY));
        assertEquals(
                "QUIRE_API_KEY has nothing between two lines",
                refusal(Map.of("QUIRE_API_KEY", "a\n\nb")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n", "\t \n"})
    void blankKeyNeverMeansAnOpenServer(String blank) {
        assertEquals(
                "QUIRE_API_KEY is blank, which is no key; give it one or unset the variable",
                refusal(Map.of("QUIRE_API_KEY", blank)));
    }

    @Test
    void keyThatNoHeaderCanCarryIsRefusedAndNotShown() {
        for (String key : List.of("pässword", "a\tb", "\u0000")) {
            String sentence = refusal(Map.of("QUIRE_API_KEY", key));
            assertTrue(sentence.startsWith("QUIRE_API_KEY has a key with characters"), sentence);
            assertFalse(sentence.contains(key), sentence);
        }
    }

    @Test
    void blankVariableIsNotSet() {
        for (Flag<?> flag : Flags.all()) {
            if (!flag.kind().secret()) {
                Map<String, String> blank = Map.of(Origin.ENVIRONMENT.spell(flag.name()), " ");
                assertEquals(flag.unset(), settings(blank).of(flag), flag.name());
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "QUIRE_PROT | unknown variable QUIRE_PROT; did you mean QUIRE_PORT?",
                "QUIRE_API_KEYS | unknown variable QUIRE_API_KEYS; did you mean QUIRE_API_KEY?",
                "QUIRE_ | unknown variable QUIRE_; 'quire serve --help' lists the flags",
                "QUIRE_HOME | unknown variable QUIRE_HOME; 'quire serve --help' lists the flags",
                "QUIRE_max_queue | unknown variable QUIRE_max_queue; did you mean QUIRE_MAX_QUEUE?",
                "QUIRE_TOKENIZER | QUIRE_TOKENIZER is not supported yet; a model brings its tokenizer"
            })
    void variableThatIsNoFlagIsRefusedByName(String variable, String sentence) {
        assertEquals(sentence, refusal(Map.of(variable, "x")));
        assertEquals(sentence, refusal(Map.of(variable, "")));
    }

    @Test
    void variablesOfKubernetesServicesAreNobodysFlags() {
        String url = "tcp://10.0.0.1:8000";
        settings(
                Map.of(
                        "QUIRE_SERVICE_HOST",
                        "10.0.0.1",
                        "QUIRE_SERVICE_PORT",
                        "8000",
                        "QUIRE_SERVICE_PORT_HTTP",
                        "8000",
                        "QUIRE_PORT_8000_TCP",
                        url,
                        "QUIRE_PORT_8000_TCP_PROTO",
                        "tcp",
                        "QUIRE_API_SERVICE_HOST",
                        "10.0.0.2",
                        "QUIRE_API_PORT",
                        url));
        String sentence = refusal(Map.of("QUIRE_PORT", url));
        assertTrue(sentence.startsWith("QUIRE_PORT '" + url + "' is not a port"), sentence);
        assertTrue(sentence.contains("enableServiceLinks"), sentence);
        assertTrue(refusal(Map.of("QUIRE_API_PORT", "80")).startsWith("unknown variable"));
    }

    @Test
    void otherVariablesAreNotOurs() {
        settings(
                Map.of(
                        "PATH",
                        "/bin",
                        "QUARKUS_HTTP_PORT",
                        "1",
                        "quire_port",
                        "x",
                        "QUIRE_EMULATOR_SEED",
                        "x"));
    }

    @Test
    void systemPropertiesAreNoFlags() {
        Settings.refuseProperties(Set.of("quire.home", "quire.cpu.features", "user.home"));
        assertEquals(
                "the system property quire.api-key is not read; use --api-key or QUIRE_API_KEY",
                assertThrows(
                                ConfigurationException.class,
                                () -> Settings.refuseProperties(Set.of("quire.api-key")))
                        .getMessage());
    }

    @Test
    void mistakeIsToldInTheSpellingOfItsPlace() throws IOException {
        Path file = Files.writeString(folder.resolve("quire.yaml"), "max_queue: many\n");
        String rest = " 'many' is not a number such as 4096, 4K (4096) or 4k (4000)";
        assertEquals(
                "--max-queue" + rest,
                assertThrows(
                                ConfigurationException.class,
                                () -> settings(Map.of("max-queue", "many"), Map.of()))
                        .getMessage());
        assertEquals("QUIRE_MAX_QUEUE" + rest, refusal(Map.of("QUIRE_MAX_QUEUE", "many")));
        assertEquals(
                "QUIRE_CONFIG " + file + ": max_queue" + rest,
                refusal(Map.of("QUIRE_CONFIG", file.toString())));
    }
}
