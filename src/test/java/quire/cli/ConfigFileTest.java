package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.error.ConfigurationException;

class ConfigFileTest {

    private static final int MEBIBYTE = 1 << 20;

    @TempDir Path folder;

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("quire.yaml"), text);
    }

    private Map<String, String> read(String text) throws IOException {
        return ConfigFile.read(file(text));
    }

    private String refusal(String text) throws IOException {
        Path file = file(text);
        String message =
                assertThrows(ConfigurationException.class, () -> ConfigFile.read(file))
                        .getMessage();
        assertTrue(message.startsWith("--config " + file), message);
        assertEquals(1, message.lines().count(), message);
        return message.substring(("--config " + file).length());
    }

    @Test
    void scalarsAreTakenAsTheyStand() throws IOException {
        assertEquals(
                Map.of("port", "8080", "max-model-len", "4K", "host", "0.0.0.0", "seed", "-1"),
                read(
                        """
                        # a comment
                        port: 8080
                        max-model-len: 4K
                        host: "0.0.0.0"
                        seed: -1
                        """));
    }

    @Test
    void underscoresAreDashes() throws IOException {
        assertEquals(Map.of("max-model-len", "1K"), read("max_model_len: 1K"));
    }

    @Test
    void listsBecomeCommas() throws IOException {
        assertEquals(Map.of("served-model-name", "a,b"), read("served-model-name: [a, b]"));
        assertEquals(Map.of("api-key", "k,l"), read("api-key:\n- k\n- l\n"));
    }

    @Test
    void objectsBecomeJson() throws IOException {
        assertEquals(
                Map.of("hf-overrides", "{\"rope_parameters\":{\"factor\":4.0}}"),
                read("hf-overrides:\n  rope_parameters:\n    factor: 4.0\n"));
        assertEquals(Map.of("hf-overrides", "{\"a\": 1}"), read("hf-overrides: '{\"a\": 1}'"));
    }

    @Test
    void switchesAreTrueOrFalse() throws IOException {
        assertEquals(
                Map.of("enable-prefix-caching", "false"), read("enable-prefix-caching: false"));
        assertEquals(
                Map.of("enable-prefix-caching", "false"), read("no-enable-prefix-caching: true"));
        assertEquals(
                Map.of("enable-prefix-caching", "true"), read("no-enable-prefix-caching: false"));
        assertEquals(
                ": no-enable-prefix-caching 'maybe' is neither true nor false",
                refusal("no-enable-prefix-caching: maybe"));
    }

    @Test
    void chunkedPrefillCannotBeSwitchedOff() throws IOException {
        assertEquals(Map.of(), read("enable-chunked-prefill: true"));
        assertTrue(refusal("enable-chunked-prefill: false").contains("is not supported yet"));
        assertTrue(refusal("no-enable-chunked-prefill: true").contains("is not supported yet"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "prot: 1 | : unknown flag --prot; 'quire serve --help' lists the flags",
                "config: x | : unknown flag --config; 'quire serve --help' lists the flags",
                "help: true | : unknown flag --help; 'quire serve --help' lists the flags",
                "tensor-parallel-size: 2 | : --tensor-parallel-size is not supported yet; 'quire serve --help' lists what is",
                "port: | : port has no value",
                "port: '' | : port has no value",
                "served-model-name: [] | : served-model-name has no value",
                "just words | ' must hold one flag a line, such as ''port: 8000'''",
                "'- port' | ' must hold one flag a line, such as ''port: 8000'''"
            })
    void whatIsNoFlagIsRefused(String text, String message) throws IOException {
        assertEquals(message, refusal(text));
    }

    @Test
    void removedFlagsAreExplained() throws IOException {
        assertTrue(refusal("swap-space: 4").contains("recomputed"));
    }

    @Test
    void sameFlagTwiceIsRefused() throws IOException {
        assertTrue(
                refusal("port: 1\nport: 2\n")
                        .contains("is not YAML: Duplicate field 'port' in line 2"));
        assertTrue(
                refusal("max-model-len: 1\nmax_model_len: 2\n")
                        .contains("max-model-len is given twice"));
    }

    @Test
    void brokenYamlTellsTheLine() throws IOException {
        String sentence = refusal("port: 1\nhost: [a\n");
        assertTrue(sentence.startsWith(" is not YAML: "), sentence);
        assertTrue(sentence.contains(" in line "), sentence);
    }

    @Test
    void missingFileAndFolderAreNamed() throws IOException {
        Path missing = folder.resolve("missing.yaml");
        assertEquals(
                "--config " + missing + " does not exist",
                assertThrows(ConfigurationException.class, () -> ConfigFile.read(missing))
                        .getMessage());
        assertTrue(
                assertThrows(ConfigurationException.class, () -> ConfigFile.read(folder))
                        .getMessage()
                        .startsWith("--config " + folder + " cannot be read: "));
        assertTrue(refusal("").contains("must hold one flag a line"));
    }

    @Test
    void fileOfAMebibyteIsReadAndALargerOneIsNot() throws IOException {
        String port = "port: 1\n#";
        assertEquals(Map.of("port", "1"), read(port + "x".repeat(MEBIBYTE - port.length())));
        assertEquals(
                " is larger than a mebibyte",
                refusal(port + "x".repeat(MEBIBYTE - port.length() + 1)));
    }
}
