package quire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.Source;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import quire.error.QuireException;

/**
 * Keeps the shape of the house: floors, quarantines, names, sizes, and no rubbish in the corners.
 */
class TidyTest {
    private static final int MAX_LINES = 300;
    private static final int MAX_TEST_LINES = 400;

    /** How far a file may fall short of the length that it is allowed to have. */
    private static final int SPARE_LINES = 50;

    /** Files that earn a greater length, and the length that they may have. */
    private static final Map<String, Integer> LONG_FILES =
            Map.ofEntries(
                    Map.entry("ApiMapperTest.java", 430),
                    Map.entry("Candidates.java", 330),
                    Map.entry("Completion.java", 430),
                    Map.entry("CpuKernels.java", 335),
                    Map.entry("CpuOps.java", 345),
                    Map.entry("CudaOps.java", 400),
                    Map.entry("Flags.java", 340),
                    Map.entry("LLM.java", 370),
                    Map.entry("LLMBuilder.java", 415),
                    Map.entry("Lexer.java", 330),
                    Map.entry("LlmEngine.java", 315),
                    Map.entry("OpsContract.java", 950),
                    Map.entry("ReferenceOps.java", 330),
                    Map.entry("SamplingParams.java", 430),
                    Map.entry("SamplingParamsBuilder.java", 480),
                    Map.entry("Scheduler.java", 430),
                    Map.entry("SchedulerTest.java", 510),
                    Map.entry("Sequence.java", 330),
                    Map.entry("linear_amx.c", 390));

    private static final Pattern VAGUE_NAME =
            Pattern.compile(".*(Impl|Utils?|Helpers?|Base|Manager)");
    private static final Set<String> FIELD_TERMS = Set.of("BlockManager");

    /** Packages whose methods are called by a framework or by users, not only by us. */
    private static final Set<String> CALLED_FROM_OUTSIDE =
            Set.of("rest", "cli", "app", "langchain4j", "");

    /** What tests look through into a state that nothing else shows. */
    private static final Set<String> WINDOWS =
            Set.of(
                    "ByteAlphabet.charOf",
                    "Candidates.id",
                    "Candidates.size",
                    "Checkpoint.openSafetensors",
                    "CheckpointTensor.toInts",
                    "CudaOps.<init>",
                    "GrammarException.position",
                    "ModelWeights.of",
                    "PrefixIndex.size",
                    "Sampler.sample",
                    "SamplingParamsBuilder.stop",
                    "SamplingRule.<init>",
                    "Sequence.<init>",
                    "Sequence.cacheSalt",
                    "Sequence.numPreemptions",
                    "Tokenizer.detokenizer");

    /** Our own classes, less those that the build generates. */
    private static List<JavaClass> classes;

    /** The names of our own test classes. */
    private static Set<String> tests;

    @BeforeAll
    static void readClasses() throws Exception {
        Path main = compiled(QuireException.class);
        Path test = compiled(TidyTest.class);
        ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
        JavaClasses all = new ClassFileImporter().importPaths(main, test);
        Map<Boolean, List<JavaClass>> parts =
                all.stream()
                        .filter(House::isOurs)
                        .filter(type -> !House.isGenerated(type))
                        .collect(Collectors.partitioningBy(type -> isIn(test, type)));
        classes = parts.get(false);
        tests = parts.get(true).stream().map(JavaClass::getName).collect(Collectors.toSet());
        assertFalse(classes.isEmpty(), "no classes in " + main);
    }

    private static Path compiled(Class<?> witness) throws URISyntaxException {
        return Path.of(witness.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    private static boolean isIn(Path folder, JavaClass type) {
        return type.getSource().map(Source::getUri).map(Path::of).orElseThrow().startsWith(folder);
    }

    @Test
    void importsGoToLowerFloorsAndQuarantinesHold() {
        assertNone(
                classes.stream()
                        .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                        .map(House::objection)
                        .flatMap(Optional::stream));
    }

    @Test
    void onlyTheCommandLinePrints() {
        Set<String> streams = Set.of("out", "err");
        assertNone(
                classes.stream()
                        .filter(type -> !House.home(type).equals("cli"))
                        .flatMap(type -> type.getFieldAccessesFromSelf().stream())
                        .filter(access -> access.getTargetOwner().isEquivalentTo(System.class))
                        .filter(access -> streams.contains(access.getName()))
                        .map(JavaAccess::getDescription));
    }

    @Test
    void nothingIsKeptThatNobodyButTestsCalls() {
        assertNone(
                calledByTestsAlone()
                        .filter(unit -> !WINDOWS.contains(shortName(unit)))
                        .map(JavaCodeUnit::getFullName));
    }

    private static Stream<JavaCodeUnit> calledByTestsAlone() {
        return classes.stream()
                .filter(type -> !CALLED_FROM_OUTSIDE.contains(House.home(type)))
                .flatMap(
                        type ->
                                Stream.concat(
                                        type.getMethods().stream(),
                                        type.getConstructors().stream()))
                .filter(unit -> callers(unit).allMatch(tests::contains))
                .filter(unit -> !isCalledByTheLanguage(unit))
                .filter(unit -> !isUsedByTheKit(unit.getOwner(), unit.getName()));
    }

    /** Whether the name stands in the kit's source, which is compiled with the driver's classes. */
    private static boolean isUsedByTheKit(JavaClass type, String name) {
        Pattern use = Pattern.compile("(\\.|::)" + name + "\\b");
        return House.home(type).equals("ops.cuda.driver")
                && Sources.java(Sources.KIT)
                        .anyMatch(file -> Sources.find(use, file).findAny().isPresent());
    }

    /** {@code Outer$Inner.method}, without the package and the parameters. */
    private static String shortName(JavaCodeUnit unit) {
        String type = unit.getOwner().getName();
        return type.substring(type.lastIndexOf('.') + 1) + "." + unit.getName();
    }

    private static Stream<String> callers(JavaCodeUnit unit) {
        Stream<? extends JavaAccess<?>> references =
                switch (unit) {
                    case JavaMethod method -> method.getReferencesToSelf().stream();
                    case JavaConstructor constructor -> constructor.getReferencesToSelf().stream();
                    default -> Stream.empty();
                };
        return Stream.concat(unit.getCallsOfSelf().stream(), references)
                .map(access -> access.getOriginOwner().getName());
    }

    @Test
    void nothingIsKeptThatOnlyTestsUse() {
        assertNone(
                classes.stream()
                        .filter(type -> !CALLED_FROM_OUTSIDE.contains(House.home(type)))
                        .filter(type -> type.isTopLevelClass() || type.isMemberClass())
                        .filter(type -> !type.getSimpleName().equals("package-info"))
                        .filter(type -> users(type).allMatch(tests::contains))
                        .filter(type -> !isUsedByTheKit(type, type.getSimpleName()))
                        .map(JavaClass::getName));
    }

    private static Stream<String> users(JavaClass type) {
        return type.getDirectDependenciesToSelf().stream()
                .map(dependency -> dependency.getOriginClass().getName());
    }

    @Test
    void everyPackageTellsWhatItIs() {
        assertNone(
                Sources.java(Sources.MAIN)
                        .map(Path::getParent)
                        .filter(folder -> !Files.exists(folder.resolve("package-info.java")))
                        .map(folder -> folder + " has no package-info.java"));
    }

    @Test
    void namesSayWhatAThingIs() {
        assertNone(
                classes.stream()
                        .filter(type -> VAGUE_NAME.matcher(type.getSimpleName()).matches())
                        .filter(type -> !FIELD_TERMS.contains(type.getSimpleName()))
                        .map(JavaClass::getName));
    }

    @Test
    void accessorsAreNamedAfterTheirThing() {
        assertNone(
                classes.stream()
                        .filter(type -> !type.getSimpleName().equals("SampledRequest"))
                        .flatMap(type -> type.getMethods().stream())
                        .filter(method -> method.getName().matches("get[A-Z].*"))
                        .filter(method -> !isInherited(method))
                        .map(JavaMethod::getFullName));
    }

    @Test
    void nothingIsLeftForLater() {
        // Written in halves, or this file would be the first offender.
        Pattern marker = Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");
        assertNone(Sources.all().flatMap(file -> Sources.find(marker, file)));
    }

    /** Below, sentences name a {@link quire.error.Setting}: not everybody typed a flag. */
    @Test
    void onlyTheTopFloorsSpellFlags() {
        Pattern flag = Pattern.compile("\"[^\"]*(?<![-\\w])--[a-z]");
        assertNone(
                Sources.java(Sources.MAIN)
                        .filter(file -> !file.toString().matches(".*/(rest|cli|app|settings)/.*"))
                        .flatMap(file -> Sources.find(flag, file)));
    }

    @Test
    void filesAreShort() {
        assertNone(
                Sources.all()
                        .filter(file -> Sources.lines(file).size() > maxLines(file))
                        .map(file -> file + " has more than " + maxLines(file) + " lines"));
    }

    /** Java is formatted by the build; what clang-format leaves open in C is asked for here. */
    @Test
    void sourcesInCFitThePage() {
        Pattern unfit = Pattern.compile("^.{101,}|\\t|\\s$");
        assertNone(
                Sources.kernels()
                        .filter(
                                file ->
                                        file.startsWith("kernels-cpu")
                                                || file.startsWith("kernels-cuda/emulator"))
                        .flatMap(file -> Sources.find(unfit, file)));
    }

    /** An allowance that is no longer needed, or far too wide, is taken back. */
    @Test
    void allowancesAreNoWiderThanNeeded() {
        Map<String, Integer> lengths =
                Sources.all()
                        .collect(
                                Collectors.toMap(
                                        file -> file.getFileName().toString(),
                                        file -> Sources.lines(file).size(),
                                        Math::max));
        Stream<String> lines =
                LONG_FILES.entrySet().stream()
                        .filter(
                                entry -> {
                                    int length = lengths.getOrDefault(entry.getKey(), 0);
                                    return length <= usualLines(entry.getKey())
                                            || length <= entry.getValue() - SPARE_LINES;
                                })
                        .map(
                                entry ->
                                        entry.getKey()
                                                + " may have "
                                                + entry.getValue()
                                                + " lines and has "
                                                + lengths.get(entry.getKey()));
        Set<String> names =
                classes.stream().map(JavaClass::getSimpleName).collect(Collectors.toSet());
        Stream<String> terms =
                FIELD_TERMS.stream()
                        .filter(term -> !names.contains(term))
                        .map(term -> term + " is allowed as a name, and nothing is called so");
        Set<String> unused =
                calledByTestsAlone().map(TidyTest::shortName).collect(Collectors.toSet());
        Stream<String> windows =
                WINDOWS.stream()
                        .filter(window -> !unused.contains(window))
                        .map(window -> window + " is a window, and the program uses it");
        assertNone(
                Stream.of(lines, terms, windows, House.staleAllowances(classes))
                        .flatMap(stale -> stale));
    }

    @Test
    void testsUseNoMocks() {
        Pattern mocks =
                Pattern.compile("^import .*(mockito|easymock|jmockit|InjectMock|InjectSpy)");
        assertNone(Sources.java(Sources.TESTS).flatMap(file -> Sources.find(mocks, file)));
    }

    @Test
    void servedSpecificationIsTheWrittenOneWithoutItsNotesToTheGenerator() throws Exception {
        YAMLMapper yaml = new YAMLMapper();
        JsonNode written = yaml.readTree(Path.of("src/main/openapi/openapi.yaml").toFile());
        removeExtensions(written);
        try (InputStream file =
                QuireException.class.getResourceAsStream("/META-INF/openapi.yaml")) {
            assertEquals(written, yaml.readTree(file));
        }
    }

    private static void removeExtensions(JsonNode node) {
        if (node instanceof ObjectNode object) {
            List<String> names = object.properties().stream().map(Map.Entry::getKey).toList();
            object.remove(names.stream().filter(name -> name.startsWith("x-")).toList());
        }
        node.forEach(TidyTest::removeExtensions);
    }

    private static int maxLines(Path file) {
        String name = file.getFileName().toString();
        return LONG_FILES.getOrDefault(
                name, file.startsWith(Sources.TESTS) ? MAX_TEST_LINES : MAX_LINES);
    }

    private static int usualLines(String name) {
        return Sources.java(Sources.TESTS).anyMatch(file -> file.endsWith(name))
                ? MAX_TEST_LINES
                : MAX_LINES;
    }

    private static boolean isCalledByTheLanguage(JavaCodeUnit unit) {
        JavaClass owner = unit.getOwner();
        boolean ofAnEnum = owner.isEnum() && Set.of("values", "valueOf").contains(unit.getName());
        boolean ofARecord = owner.isRecord() && owner.tryGetField(unit.getName()).isPresent();
        boolean ofTheCompiler =
                unit.getModifiers().contains(JavaModifier.SYNTHETIC)
                        || unit.getModifiers().contains(JavaModifier.BRIDGE);
        // A class that is never made says so by a private constructor.
        boolean forbidsObjects =
                unit.isConstructor() && unit.getModifiers().contains(JavaModifier.PRIVATE);
        return ofAnEnum
                || ofARecord
                || ofTheCompiler
                || forbidsObjects
                || unit instanceof JavaMethod method && isInherited(method);
    }

    private static boolean isInherited(JavaMethod method) {
        Class<?> owner = method.getOwner().reflect();
        return supertypes(owner)
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                .anyMatch(declared -> isSame(declared, method));
    }

    private static boolean isSame(Method declared, JavaMethod method) {
        return declared.getName().equals(method.getName())
                && declared.getParameterCount() == method.getParameters().size();
    }

    private static Stream<Class<?>> supertypes(Class<?> type) {
        Stream<Class<?>> direct =
                Stream.concat(
                        Optional.<Class<?>>ofNullable(type.getSuperclass()).stream(),
                        Arrays.stream(type.getInterfaces()));
        return direct.flatMap(parent -> Stream.concat(Stream.of(parent), supertypes(parent)));
    }

    private static void assertNone(Stream<String> offences) {
        List<String> found = offences.distinct().sorted().toList();
        assertEquals("", String.join("\n", found), found.size() + " offences");
    }
}
