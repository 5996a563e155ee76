package quire.ops.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import quire.error.ConfigurationException;

@Isolated("sets system properties")
final class CpuLibraryTest {

    private String tier;
    private String library;

    @BeforeEach
    void remember() {
        tier = System.getProperty(CpuTier.PROPERTY, "");
        library = System.getProperty(CpuLibrary.PROPERTY, "");
    }

    @AfterEach
    void restore() {
        System.setProperty(CpuTier.PROPERTY, tier);
        System.setProperty(CpuLibrary.PROPERTY, library);
    }

    @Test
    void aLibraryThatIsNotThereIsRefusedByName(@TempDir Path folder) {
        String missing = folder.resolve("missing.so").toString();
        System.setProperty(CpuLibrary.PROPERTY, missing);
        CpuLibrary.Refused refused = assertInstanceOf(CpuLibrary.Refused.class, CpuLibrary.load());
        assertTrue(refused.reason().contains(missing), refused.reason());
    }

    @Test
    void aFileThatIsNoLibraryIsRefused(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("text.so"), "not a library");
        System.setProperty(CpuLibrary.PROPERTY, file.toString());
        assertInstanceOf(CpuLibrary.Refused.class, CpuLibrary.load());
    }

    @Test
    void aForeignLibraryIsRefused() {
        System.setProperty(
                CpuLibrary.PROPERTY,
                Path.of(System.getProperty("java.home"), "lib", "libzip.so").toString());
        assertInstanceOf(CpuLibrary.Refused.class, CpuLibrary.load());
    }

    @Test
    void thePropertyPicksALowerTier() {
        CpuLibrary.Loaded loaded = CpuTests.library();
        System.setProperty(CpuTier.PROPERTY, "portable");
        try (CpuOps ops = new CpuOps(loaded, 1)) {
            assertEquals(CpuTier.PORTABLE, ops.tier());
            assertEquals("cpu (portable)", ops.name());
        }
        System.setProperty(CpuTier.PROPERTY, "");
        try (CpuOps ops = new CpuOps(loaded, 0)) {
            assertEquals(loaded.bestTier(), ops.tier());
            assertTrue(ops.threads() >= 1);
        }
    }

    @Test
    void aTierThatDoesNotExistOrIsBeyondTheMachineIsAConfigurationMistake() {
        System.setProperty(CpuTier.PROPERTY, "avx10");
        ConfigurationException unknown =
                assertThrows(ConfigurationException.class, () -> CpuTier.choose(CpuTier.AVX2));
        assertTrue(unknown.getMessage().contains("portable, avx2"), unknown.getMessage());
        System.setProperty(CpuTier.PROPERTY, "avx512");
        assertThrows(ConfigurationException.class, () -> CpuTier.choose(CpuTier.AVX2));
        assertEquals(CpuTier.AVX512, CpuTier.choose(CpuTier.AVX512));
    }

    @Test
    void closingTwiceIsClosingOnce() {
        CpuOps ops = new CpuOps(CpuTests.library(), CpuTier.PORTABLE, 3);
        ops.close();
        ops.close();
    }
}
