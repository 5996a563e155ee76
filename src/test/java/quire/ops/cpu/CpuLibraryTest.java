package quire.ops.cpu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.error.ConfigurationException;

@Isolated("sets system properties")
final class CpuLibraryTest {

    private static final String MACHINE =
            "linux-" + System.getProperty("os.arch").replace("amd64", "x86_64");
    private static final String LIBRARY = MACHINE + "/libquire_cpu.so";

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
    void aLibraryThatIsNotThereIsAnErrorThatNamesIt(@TempDir Path folder) {
        String missing = folder.resolve("missing.so").toString();
        assertTrue(refusal(missing).contains(missing));
    }

    @Test
    void aFileThatIsNoLibraryIsAnErrorThatNamesIt(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("text.so"), "not a library");
        assertTrue(refusal(file.toString()).contains("text.so"));
    }

    @Test
    void aForeignLibraryIsAnErrorThatNamesIt() {
        String foreign = Path.of(System.getProperty("java.home"), "lib", "libzip.so").toString();
        assertTrue(refusal(foreign).contains("libzip.so"));
    }

    @ParameterizedTest
    @CsvSource({
        "other-version.so, int quire_abi(void) { return -1; }",
        "half.so, int quire_abi(void) { return ABI; }"
    })
    void aLibraryOfAnotherVersionIsAnErrorThatNamesIt(
            String name, String code, @TempDir Path folder) throws Exception {
        CpuTests.library();
        Path source = folder.resolve("library.c");
        Files.writeString(source, code.replace("ABI", Integer.toString(CpuKernels.ABI)));
        String library = folder.resolve(name).toString();
        String compiler = Objects.requireNonNullElse(System.getenv("CC"), "cc");
        Process compile =
                new ProcessBuilder(compiler, "-shared", "-fPIC", "-o", library, source.toString())
                        .inheritIO()
                        .start();
        assertEquals(0, compile.waitFor());
        String message = refusal(library);
        assertTrue(message.contains(name), message);
        assertTrue(message.contains("version " + CpuKernels.ABI), message);
    }

    /** The sentence that a file given by the property is refused with. */
    private static String refusal(String file) {
        System.setProperty(CpuLibrary.PROPERTY, file);
        return assertThrows(ConfigurationException.class, CpuLibrary::load).getMessage();
    }

    @Test
    void aProgramWithoutItsLibraryIsAnErrorThatNamesIt() {
        for (Map<String, String> files : List.of(Map.<String, String>of(), built(MACHINE))) {
            ConfigurationException missing =
                    assertThrows(ConfigurationException.class, () -> load(files));
            assertTrue(missing.getMessage().contains(LIBRARY), missing.getMessage());
            assertTrue(missing.getMessage().contains("reference"), missing.getMessage());
        }
    }

    @Test
    void aProgramWithABrokenLibraryIsAnErrorThatNamesIt() {
        Map<String, String> files = new HashMap<>(built(MACHINE));
        files.put(LIBRARY, "not a library");
        ConfigurationException broken =
                assertThrows(ConfigurationException.class, () -> load(files));
        assertTrue(broken.getMessage().contains(LIBRARY), broken.getMessage());
    }

    @Test
    void aProgramThatWasBuiltWithoutALibraryOrForAnotherMachineSaysSo() {
        CpuLibrary.Refused without = refused(built("not built: no C compiler was found"));
        assertTrue(without.reason().contains("no C compiler was found"), without.reason());
        CpuLibrary.Refused elsewhere = refused(built("linux-m68k"));
        assertTrue(elsewhere.reason().contains("linux-m68k"), elsewhere.reason());
        assertTrue(elsewhere.reason().contains(MACHINE), elsewhere.reason());
    }

    @Test
    void aLibraryIsLoadedOnce() {
        System.setProperty(CpuLibrary.PROPERTY, "");
        assertSame(CpuLibrary.load(), CpuLibrary.load());
    }

    private static Map<String, String> built(String note) {
        return Map.of("libquire_cpu.txt", note + "\n");
    }

    private static CpuLibrary.Refused refused(Map<String, String> files) {
        return assertInstanceOf(CpuLibrary.Refused.class, load(files));
    }

    private static CpuLibrary load(Map<String, String> files) {
        return LibraryFiles.load(
                name ->
                        files.containsKey(name)
                                ? new ByteArrayInputStream(files.get(name).getBytes(UTF_8))
                                : null);
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
