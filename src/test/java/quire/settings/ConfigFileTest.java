package quire.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import quire.error.ConfigurationException;

class ConfigFileTest {

    private static final int MEBIBYTE = 1 << 20;

    @TempDir Path folder;

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("quire.yaml"), text);
    }

    private Map<String, String> read(String text) throws IOException {
        Map<String, String> texts = new HashMap<>();
        ConfigFile.read("--config", file(text))
                .forEach((flag, given) -> texts.put(flag.name(), String.join(",", given.texts())));
        return texts;
    }

    private String refusal(String text) throws IOException {
        Path file = file(text);
        String message =
                assertThrows(ConfigurationException.class, () -> ConfigFile.read("--config", file))
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00123",
                "1e3",
                "1_000",
                "0x1F",
                "017",
                "yes",
                "on",
                "True",
                "2026-01-02",
                "1:30",
                ".inf",
                "+5",
                "12:30:45",
                "a#b",
                "p${q",
                "a\\b",
                "x$$y",
                "3.10"
            })
    void scalarsKeepTheirText(String text) throws IOException {
        assertEquals(Map.of("api-key", text), read("api-key: " + text));
        assertEquals(Map.of("api-key", text + ",k"), read("api-key:\n- " + text + "\n- k\n"));
        assertEquals(Map.of("served-model-name", text), read("served-model-name: " + text));
    }

    @Test
    void chunkedPrefillIsReadAsASwitch() throws IOException {
        assertEquals(
                Map.of("enable-chunked-prefill", "true"), read("enable-chunked-prefill: true"));
        assertEquals(
                Map.of("enable-chunked-prefill", "false"), read("no-enable-chunked-prefill: true"));
    }

    @Test
    void objectsOfTheFileHaveTheValuesOfJson() throws IOException {
        assertEquals(
                Map.of(
                        "hf-overrides",
                        "{\"a\":1E+6,\"b\":true,\"c\":null,\"d\":\"yes\",\"e\":\"010\",\"f\":\"1\","
                                + "\"g\":[1,{\"h\":-2.50}]}"),
                read(
                        """
                        hf-overrides:
                          {a: 1e6, b: true, c: null, d: yes, e: 010, f: "1", g: [1, {h: -2.50}]}
                        """));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "hf-overrides: &a {b: *a} | : hf-overrides has more than 50 levels",
                "hf-overrides: {a: 1, a: 2} | : hf-overrides has a twice",
                "hf-overrides: {[1]: 2} | : hf-overrides has a key that is no word",
                "hf-overrides: [1] | : hf-overrides must be an object",
                "port: [1, 2] | : port must be one value",
                "port: {a: 1} | : port must be one value",
                "api-key: {a: 1} | : api-key must be a value or a list of values",
                "api-key: [[a]] | : api-key has an entry that is no word",
                "enable-prefix-caching: [true] | : enable-prefix-caching must be true or false",
                "[a]: 1 | : line 1 has no flag's name",
                "api-key: ' ' | : api-key has no value",
                "api-key: [a, ''] | : api-key has no value",
                "<<: {port: 1} | : unknown flag <<; 'quire serve --help' lists the flags"
            })
    void valuesOfAnotherShapeAreRefused(String text, String message) throws IOException {
        assertEquals(message, refusal(text));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "prot: 1 | : unknown flag prot; did you mean port?",
                "max_num_seq: 1 | : unknown flag max_num_seq; did you mean max-num-seqs?",
                "config: x | : a file of flags cannot name another",
                "help: true | : unknown flag help; 'quire serve --help' lists the flags",
                "tensor-parallel-size: 2 | : tensor-parallel-size is not supported yet; a server computes on one card, which CUDA_VISIBLE_DEVICES chooses, and 'quire plan' says what fits it",
                "port: | : port has no value",
                "port: null | : port has no value",
                "port: '' | : port has no value",
                "served-model-name: [] | : served-model-name has no value",
                "just words | ~ must hold one flag a line, such as 'port: 8000'~",
                "- port | ~ must hold one flag a line, such as 'port: 8000'~"
            })
    void whatIsNoFlagIsRefused(String text, String message) throws IOException {
        assertEquals(message, refusal(text));
    }

    @Test
    void aliasesStandForTheirTexts() throws IOException {
        assertEquals(
                Map.of("model", "a", "served-model-name", "a"),
                read("model: &m a\nserved-model-name: *m\n"));
    }

    @Test
    void otherEncodingsAreNamed() throws IOException {
        Path file = folder.resolve("latin.yaml");
        Files.write(file, new byte[] {'a', ':', ' ', (byte) 0xe4});
        assertEquals(
                "--config " + file + " is not text in UTF-8",
                assertThrows(ConfigurationException.class, () -> ConfigFile.read("--config", file))
                        .getMessage());
        assertEquals(Map.of("port", "1"), read("\ufeffport: 1\n"));
    }

    @Test
    void removedFlagsAreExplained() throws IOException {
        assertTrue(refusal("swap-space: 4").contains("recomputed"));
    }

    @Test
    void sameFlagTwiceIsRefused() throws IOException {
        assertEquals(": port is given twice", refusal("port: 1\nport: 2\n"));
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
                assertThrows(
                                ConfigurationException.class,
                                () -> ConfigFile.read("--config", missing))
                        .getMessage());
        assertTrue(
                assertThrows(
                                ConfigurationException.class,
                                () -> ConfigFile.read("--config", folder))
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
