package quire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever is beyond the checkout is a file, or a sentence with the command that brings it. */
class OutsideTest {

    private static final String PROPERTY = "quire.smollm2";

    @TempDir Path folder;
    private String before;

    @BeforeEach
    void remember() {
        before = System.getProperty(PROPERTY, "");
    }

    @AfterEach
    void restore() {
        System.setProperty(PROPERTY, before);
    }

    @ParameterizedTest
    @EnumSource
    void isHereOrSkipsWithACommand(Outside thing) {
        try {
            assertTrue(Files.exists(thing.path()), thing.path().toString());
        } catch (Outside.NotHere absence) {
            assertEquals(thing.absence(), absence.getMessage());
            assertTrue(absence.getMessage().matches(".+ is not here; this brings it: [\\w.].+"));
        }
    }

    @Test
    void aPropertyThatNamesNoFileIsNotHere() {
        System.setProperty(PROPERTY, folder.resolve("none.gguf").toString());
        assertThrows(Outside.NotHere.class, Outside.SMOLLM2::path);
        System.setProperty(PROPERTY, folder.toString());
        assertThrows(Outside.NotHere.class, Outside.SMOLLM2::path);
    }

    @Test
    void aPropertyThatNamesAFileWins() throws Exception {
        Path file = Files.createFile(folder.resolve("some.gguf"));
        System.setProperty(PROPERTY, file.toString());
        assertEquals(file, Outside.SMOLLM2.path());
    }
}
