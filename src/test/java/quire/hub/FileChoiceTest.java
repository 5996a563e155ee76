package quire.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.error.HubException;

class FileChoiceTest {

    private static FileChoice choose(String name, String... paths) {
        List<RepoFile> files =
                Arrays.stream(paths).map(path -> new RepoFile(path, 10, "")).toList();
        return FileChoice.of(ModelName.parse(name), files);
    }

    private static List<String> chosen(String name, String... paths) {
        return choose(name, paths).files().stream().map(RepoFile::path).toList();
    }

    private static String refused(String name, String... paths) {
        return assertThrows(HubException.class, () -> choose(name, paths)).getMessage();
    }

    @Test
    void aConfigurationComesWithTheIndexAndWithoutAWeight() {
        List<RepoFile> files =
                Stream.of(
                                "README.md",
                                "config.json",
                                "model-00001-of-00002.safetensors",
                                "model-00002-of-00002.safetensors",
                                "model.safetensors.index.json",
                                "original/config.json",
                                "tokenizer.json")
                        .map(path -> new RepoFile(path, 10, ""))
                        .toList();
        assertEquals(
                List.of("config.json", "model.safetensors.index.json"),
                FileChoice.configuration(ModelName.parse("o/m"), files).files().stream()
                        .map(RepoFile::path)
                        .toList());
    }

    @Test
    void oneSetOfWeightsAndNoTwins() {
        assertEquals(
                List.of("config.json", "tokenizer.json", "model.safetensors"),
                chosen(
                        "o/m",
                        ".gitattributes",
                        "README.md",
                        "config.json",
                        "consolidated.safetensors",
                        "model.fp16.safetensors",
                        "model.safetensors",
                        "onnx/model.onnx",
                        "original/params.json",
                        "original/consolidated.00.pth",
                        "pytorch_model.bin",
                        "tf_model.h5",
                        "tokenizer.json",
                        "1_Pooling/config.json"));
    }

    @Test
    void shardsComeWithTheirIndex() {
        assertEquals(
                List.of(
                        "config.json",
                        "model.safetensors.index.json",
                        "model-00001-of-00002.safetensors",
                        "model-00002-of-00002.safetensors"),
                chosen(
                        "o/m",
                        "config.json",
                        "model-00001-of-00002.safetensors",
                        "model-00002-of-00002.safetensors",
                        "model.safetensors.index.json",
                        "pytorch_model-00001-of-00002.bin"));
    }

    @Test
    void oneFileWinsOverShards() {
        assertEquals(
                List.of("config.json", "model.safetensors"),
                chosen(
                        "o/m",
                        "config.json",
                        "model.safetensors",
                        "model-00001-of-00001.safetensors",
                        "x.gguf"));
    }

    @Test
    void shardThatIsMissingIsSaid() {
        String sentence = refused("o/m", "config.json", "model-00001-of-00002.safetensors");
        assertTrue(sentence.startsWith("o/m has 1 of the 2 shards"), sentence);
        sentence = refused("o/m:Q8_0", "x-Q8_0-00001-of-00003.gguf", "x-Q8_0-00003-of-00003.gguf");
        assertTrue(sentence.startsWith("o/m has 2 of the 3 parts of Q8_0"), sentence);
    }

    @ParameterizedTest
    @CsvSource({
        "'x-Q2_K.gguf,x-Q4_K_M.gguf,x-Q8_0.gguf', x-Q4_K_M.gguf",
        "'x-Q2_K.gguf,x-Q4_K_S.gguf,x-Q5_K_M.gguf', x-Q4_K_S.gguf",
        "'x-f16.gguf,x-q8_0.gguf', x-q8_0.gguf",
        "'x-Q3_K_L.gguf,x-Q6_K.gguf', x-Q6_K.gguf",
        "'x-IQ1_S.gguf,x-BF16.gguf', x-BF16.gguf",
        "'strange.gguf', strange.gguf",
        "'x-Q4_K_M.gguf,mmproj-x-Q4_K_M.gguf', x-Q4_K_M.gguf",
        "'Q4_K_M/x.gguf,Q8_0/x.gguf', Q4_K_M/x.gguf"
    })
    void nearestToQ4KMIsChosen(String paths, String chosen) {
        FileChoice choice = choose("o/m", paths.split(","));
        assertEquals(List.of(chosen), choice.files().stream().map(RepoFile::path).toList());
        assertEquals(Optional.of(choice.files().getFirst()), choice.gguf());
    }

    @Test
    void choiceIsSaidWhereThereWasOne() {
        assertEquals(
                Optional.of("o/m: Q4_K_M of Q4_K_M, Q8_0; o/m:TAG chooses another"),
                choose("o/m", "x-Q8_0.gguf", "x-Q4_K_M.gguf").fact());
        assertEquals(Optional.empty(), choose("o/m", "x-Q8_0.gguf").fact());
        assertEquals(Optional.empty(), choose("o/m:q8_0", "x-Q8_0.gguf", "x-F16.gguf").fact());
    }

    @ParameterizedTest
    @CsvSource({
        "q8_0, x-Q8_0.gguf",
        "Q4_K_M, x-Q4_K_M.gguf",
        "F16, x-f16.gguf",
        "UD-Q4_K_XL, x-UD-Q4_K_XL.gguf",
        "IQ4_XS, x.IQ4_XS.gguf"
    })
    void tagChooses(String tag, String chosen) {
        assertEquals(
                List.of(chosen),
                chosen(
                        "o/m:" + tag,
                        "x-Q8_0.gguf",
                        "x-Q4_K_M.gguf",
                        "x-Q4_K_S.gguf",
                        "x-f16.gguf",
                        "x-UD-Q4_K_XL.gguf",
                        "x.IQ4_XS.gguf",
                        "config.json",
                        "model.safetensors"));
    }

    @Test
    void splitFileComesWhole() {
        FileChoice choice =
                choose(
                        "o/m:Q4_K_M",
                        "Q4_K_M/x-Q4_K_M-00002-of-00002.gguf",
                        "Q4_K_M/x-Q4_K_M-00001-of-00002.gguf",
                        "Q8_0/x-Q8_0-00001-of-00001.gguf");
        assertEquals(2, choice.files().size());
        assertEquals("Q4_K_M/x-Q4_K_M-00001-of-00002.gguf", choice.gguf().orElseThrow().path());
    }

    @Test
    void tagThatIsNotThereListsThoseThatAre() {
        assertEquals(
                "o/m has no 'Q9_K'; it has Q4_K_M, Q8_0, Q2_K.",
                refused("o/m:Q9_K", "x-Q8_0.gguf", "x-Q2_K.gguf", "x-Q4_K_M.gguf"));
        assertTrue(
                refused("o/m:Q4_K_M", "config.json", "model.safetensors")
                        .startsWith("o/m has no GGUF files, of which ':Q4_K_M' would choose one"));
    }

    @Test
    void repositoriesWithoutUsableWeightsAreRefused() {
        assertTrue(
                refused("o/m", "config.json", "pytorch_model.bin")
                        .startsWith("o/m has only PyTorch weights (pytorch_model.bin)"));
        assertTrue(refused("o/m", "README.md").startsWith("o/m has neither model.safetensors"));
        assertTrue(refused("o/m", "model.safetensors").contains("no config.json"));
        assertTrue(
                refused(
                                "o/m",
                                "config.json",
                                "model-00001-of-00001.safetensors",
                                "model-00001-of-00002.safetensors")
                        .contains("its weights twice"));
    }
}
