package quire.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import quire.error.HubException;

class ModelNameTest {

    @ParameterizedTest
    @CsvSource({
        "Qwen/Qwen2.5-7B-Instruct, Qwen/Qwen2.5-7B-Instruct,",
        "bartowski/X-GGUF:Q4_K_M, bartowski/X-GGUF, Q4_K_M",
        "hf.co/owner/model:q8_0, owner/model, q8_0",
        "https://huggingface.co/owner/model, owner/model,",
        "a/b, a/b,",
        "_x/y_, _x/y_,"
    })
    void namesAreOwnerNameAndTag(String typed, String repo, String tag) {
        ModelName name = ModelName.parse(typed);
        assertEquals(repo, name.repo());
        assertEquals(Optional.ofNullable(tag), name.tag());
        assertEquals(Optional.of(name), ModelName.of(typed));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "gpt2",
                "a/b/c",
                "/b",
                "a/",
                "a/..",
                "../b",
                "a/b..c",
                "a--b/c",
                "a/-b",
                "a/b-",
                "a/b:",
                "a/b:../c",
                "a/b:x:y",
                "a b/c",
                "a/b\n",
                "a/\u001b[31mb",
                "ä/b"
            })
    void whatIsNoneIsRefusedWithWhatOneIs(String typed) {
        String sentence =
                assertThrows(HubException.class, () -> ModelName.parse(typed)).getMessage();
        assertTrue(sentence.contains("is no model's name: "), sentence);
        assertTrue(sentence.contains("OWNER/NAME"), sentence);
        assertTrue(sentence.chars().noneMatch(Character::isISOControl), sentence);
        assertEquals(Optional.empty(), ModelName.of(typed));
    }

    @Test
    void longestNameIsTheHubs() {
        assertEquals(96, ModelName.parse("a/" + "b".repeat(94)).repo().length());
        assertThrows(HubException.class, () -> ModelName.parse("a/" + "b".repeat(95)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "src/main",
                "./owner/model",
                "~/model",
                "models/model.gguf",
                "models/model.safetensors",
                "models\\model"
            })
    void pathsAndWhatIsThereAreNoNames(String typed) {
        assertEquals(Optional.empty(), ModelName.of(typed));
    }

    @Test
    void foldersOfTheCacheAreNamesAgain() {
        ModelName name = ModelName.parse("owner/a-model_1.5");
        assertEquals("models--owner--a-model_1.5", name.folder());
        assertEquals(Optional.of(name), ModelName.ofFolder(name.folder()));
        assertEquals(Optional.empty(), ModelName.ofFolder("datasets--owner--data"));
        assertEquals(Optional.empty(), ModelName.ofFolder("models--gpt2"));
    }
}
