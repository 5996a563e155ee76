package quire.ops.cpu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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
    private static final String LIBRARY = "native/" + MACHINE + "/libquire_cpu.so";

    private String features;
    private String library;

    @BeforeEach
    void remember() {
        features = System.getProperty(CpuFeature.PROPERTY, "");
        library = System.getProperty(CpuLibrary.PROPERTY, "");
    }

    @AfterEach
    void restore() {
        System.setProperty(CpuFeature.PROPERTY, features);
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
        return Map.of("native/libquire_cpu.txt", note + "\n");
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
    void thePropertyLimitsTheFeatures() {
        CpuLibrary.Loaded loaded = CpuTests.library();
        System.setProperty(CpuFeature.PROPERTY, "portable");
        try (CpuOps ops = new CpuOps(loaded, 1)) {
            assertEquals("cpu (portable)", ops.name());
        }
        System.setProperty(CpuFeature.PROPERTY, "");
        try (CpuOps ops = new CpuOps(loaded, 0)) {
            assertEquals(CpuFeature.label(loaded.features()), ops.instructions());
            assertTrue(ops.threads() >= 1);
        }
    }

    @Test
    void aFeatureBringsWhatItBuildsOn() {
        Set<CpuFeature> all = EnumSet.allOf(CpuFeature.class);
        System.setProperty(CpuFeature.PROPERTY, "avx2, avx512");
        Set<CpuFeature> chosen = CpuFeature.choose(all);
        assertEquals(EnumSet.of(CpuFeature.AVX2, CpuFeature.AVX512), chosen);
        assertEquals("avx512", CpuFeature.label(chosen));
        System.setProperty(CpuFeature.PROPERTY, "amx");
        assertEquals(all, CpuFeature.choose(all));
        System.setProperty(CpuFeature.PROPERTY, "");
        assertEquals(all, CpuFeature.choose(all));
    }

    @ParameterizedTest
    @CsvSource({"avx10, no feature", "avx512, does not have"})
    void aFeatureThatDoesNotExistOrIsNotHereIsAConfigurationMistake(String name, String says) {
        System.setProperty(CpuFeature.PROPERTY, name);
        Set<CpuFeature> here = Set.of(CpuFeature.AVX2);
        ConfigurationException refused =
                assertThrows(ConfigurationException.class, () -> CpuFeature.choose(here));
        assertTrue(refused.getMessage().contains(says), refused.getMessage());
        assertTrue(refused.getMessage().contains("portable, avx2."), refused.getMessage());
    }

    @Test
    void featuresThatTheMachineLacksMakeNoContext() {
        CpuLibrary.Loaded loaded = CpuTests.library();
        try (Arena arena = Arena.ofConfined()) {
            long stop = arena.allocate(4, 4).address();
            Set<CpuFeature> lacking = EnumSet.allOf(CpuFeature.class);
            lacking.removeAll(loaded.features());
            for (CpuFeature feature : lacking) {
                assertEquals(0, loaded.kernels().create(1, feature.withBasis(), stop));
            }
        }
    }

    @Test
    void closingTwiceIsClosingOnce() {
        CpuOps ops = CpuTests.ops(CpuTier.PORTABLE, 3);
        ops.close();
        ops.close();
    }
}
