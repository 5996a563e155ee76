package quire.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.error.ConfigurationException;
import quire.hub.HubSettings.Asked;

class HubSettingsTest {

    @TempDir Path home;

    private HubSettings read(String... variables) {
        Map<String, String> environment = new HashMap<>(Map.of("HOME", home.toString()));
        for (int i = 0; i < variables.length; i += 2) {
            environment.put(variables[i], variables[i + 1]);
        }
        return HubSettings.read(Asked.NOTHING, environment);
    }

    private String refused(String... variables) {
        return assertThrows(ConfigurationException.class, () -> read(variables)).getMessage();
    }

    private static String token(HubSettings settings) {
        return settings.token().map(HubToken::authorization).orElse("none");
    }

    @Test
    void defaultsAreThoseOfPython() {
        HubSettings settings = read();
        assertEquals("https://huggingface.co", settings.endpoint().toString());
        assertEquals(home.resolve(".cache/huggingface/hub"), settings.cache());
        assertEquals("none", token(settings));
        assertFalse(settings.offline());
        assertEquals("main", settings.revision());
        assertEquals(10, settings.patience().toSeconds());
    }

    @ParameterizedTest
    @CsvSource({
        "XDG_CACHE_HOME, /x, , , /x/huggingface/hub",
        "XDG_CACHE_HOME, /x, HF_HOME, /h, /h/hub",
        "HF_HOME, /h, HUGGINGFACE_HUB_CACHE, /old, /old",
        "HUGGINGFACE_HUB_CACHE, /old, HF_HUB_CACHE, /new, /new",
        "HF_HUB_CACHE, ' ', HF_HOME, /h, /h/hub"
    })
    void nearerVariableSaysWhereTheCacheIs(
            String first, String firstValue, String second, String secondValue, Path cache) {
        HubSettings settings =
                second == null
                        ? read(first, firstValue)
                        : read(first, firstValue, second, secondValue);
        assertEquals(cache, settings.cache());
    }

    @Test
    void tildeIsTheHome() {
        assertEquals(home.resolve("c"), read("HF_HUB_CACHE", "~/c").cache());
    }

    @Test
    void commandLineWinsOverTheEnvironment() {
        Asked asked = new Asked(Optional.of("v1"), Optional.of(Path.of("/d")), Optional.of("hf_a"));
        HubSettings settings =
                HubSettings.read(asked, Map.of("HF_HUB_CACHE", "/c", "HF_TOKEN", "hf_b"));
        assertEquals(Path.of("/d"), settings.cache());
        assertEquals("v1", settings.revision());
        assertEquals("Bearer hf_a", token(settings));
    }

    @Test
    void tokenIsReadWhereThePythonLoginPutsIt() throws IOException {
        Path folder = Files.createDirectories(home.resolve(".cache/huggingface"));
        Files.writeString(folder.resolve("token"), "hf_file\r\n");
        assertEquals("Bearer hf_file", token(read()));
        Path other = Files.writeString(home.resolve("other"), " hf_other ");
        assertEquals("Bearer hf_other", token(read("HF_TOKEN_PATH", other.toString())));
        assertEquals("Bearer hf_env", token(read("HF_TOKEN", "hf_env\n")));
        assertEquals("none", token(read("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")));
    }

    @Test
    void tokenIsInNoText() {
        HubSettings settings = read("HF_TOKEN", "hf_secret");
        assertFalse(settings.toString().contains("hf_secret"), settings.toString());
        String sentence = refused("HF_TOKEN", "hf_sec ret\u001b");
        assertTrue(sentence.startsWith("HF_TOKEN has characters"), sentence);
        assertFalse(sentence.contains("sec"), sentence);
    }

    @ParameterizedTest
    @CsvSource({"1, true", "TRUE, true", "yes, true", "On, true", "0, false", "no, false"})
    void offlineIsWhatPythonTakesForTrue(String text, boolean offline) {
        assertEquals(offline, read("HF_HUB_OFFLINE", text).offline());
        assertEquals(offline, read("TRANSFORMERS_OFFLINE", text).offline());
    }

    @ParameterizedTest
    @CsvSource({
        "HF_ENDPOINT, ftp://x, is not the address of a hub",
        "HF_ENDPOINT, huggingface.co, is not the address of a hub",
        "HF_ENDPOINT, https://user:secret@x, is not the address of a hub",
        "HF_ENDPOINT, https://x?y=1, is not the address of a hub",
        "HF_HUB_DOWNLOAD_TIMEOUT, 0, is not a number of seconds from 1 to 3600",
        "HF_HUB_DOWNLOAD_TIMEOUT, soon, is not a number of seconds from 1 to 3600",
        "VLLM_USE_MODELSCOPE, True, set HF_ENDPOINT",
        "VLLM_USE_MODELSCOPE, 1, download' and give that folder",
        "HF_ENDPOINT, https://www.modelscope.cn/, modelscope download",
        "HF_ENDPOINT, https://modelscope.ai, does not speak the protocol"
    })
    void whatCannotBeUsedIsNamed(String variable, String value, String why) {
        String sentence = refused(variable, value);
        assertTrue(sentence.startsWith(variable), sentence);
        assertTrue(sentence.contains(why), sentence);
    }

    @Test
    void endpointMayEndInSlashesAndHaveAPath() {
        assertEquals(
                "http://mirror:8080/hf",
                read("HF_ENDPOINT", "http://mirror:8080/hf//").endpoint() + "");
        assertEquals(
                "https://mirror",
                read("HF_ENDPOINT", "https://mirror", "VLLM_USE_MODELSCOPE", "1").endpoint() + "");
    }

    @ParameterizedTest
    @CsvSource({"../x", "a/../b", "/a", "a/", "a//b", "a b", "-x", "'x\u001b[1m'", "''"})
    void revisionsThatLeadElsewhereAreRefused(String revision) {
        Asked asked = new Asked(Optional.of(revision), Optional.empty(), Optional.empty());
        Map<String, String> environment = Map.of("HOME", home.toString());
        String sentence =
                assertThrows(
                                ConfigurationException.class,
                                () -> HubSettings.read(asked, environment))
                        .getMessage();
        assertTrue(sentence.startsWith("the revision '"), sentence);
        assertFalse(sentence.contains("\u001b"), sentence);
    }

    @ParameterizedTest
    @CsvSource({"main", "v1.0", "refs/pr/1", "0123456789012345678901234567890123456789"})
    void branchesTagsAndCommitsAreRevisions(String revision) {
        Asked asked = new Asked(Optional.of(revision), Optional.empty(), Optional.empty());
        assertEquals(revision, HubSettings.read(asked, Map.of("HOME", home.toString())).revision());
    }
}
