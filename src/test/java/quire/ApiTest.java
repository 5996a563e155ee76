package quire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/**
 * What Java programs may use: the list, what its signatures show, and that they name every
 * exception. A type that is new here is a promise; what lies in other packages is none.
 */
class ApiTest {

    private static final Set<String> API =
            Set.of(
                    "AnswerException",
                    "Backend",
                    "ClosedException",
                    "Completion",
                    "Completion$Choice",
                    "Completion$Usage",
                    "CompletionCancelledException",
                    "CompletionInterruptedException",
                    "CompletionTimeoutException",
                    "ElementType",
                    "EngineFailedException",
                    "FinishReason",
                    "LLM",
                    "LLMBuilder",
                    "LLMException",
                    "LLMInfo",
                    "LoadInterruptedException",
                    "LoadListener",
                    "Message",
                    "ModelException",
                    "OptionException",
                    "OverloadException",
                    "PendingCompletion",
                    "Prompt",
                    "Prompt$Chat",
                    "Prompt$Text",
                    "Prompt$Tokens",
                    "PromptException",
                    "QuireMetrics",
                    "ResponseFormat",
                    "SamplingParams",
                    "SamplingParamsBuilder",
                    "TokenLogprob",
                    "Tool",
                    "ToolCall",
                    "ToolChoice");

    /** A class within a signature, with its package. */
    private static final Pattern CLASS =
            Pattern.compile("[a-z]\\w*(\\.[a-z]\\w*)*\\.[A-Z][\\w$.]*");

    private static List<Class<?>> publicTypes() throws Exception {
        Path classes =
                Path.of(LLM.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (Stream<Path> files = Files.list(classes.resolve("quire"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".class") && !name.startsWith("package-info"))
                    .map(name -> "quire." + name.substring(0, name.length() - ".class".length()))
                    .<Class<?>>map(ApiTest::type)
                    .filter(ApiTest::isPublic)
                    // The artifact for Java programs leaves it out.
                    .filter(type -> type != ConfiguredLLM.class)
                    .toList();
        }
    }

    private static Class<?> type(String name) {
        try {
            return Class.forName(name, false, ApiTest.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(name, e);
        }
    }

    private static boolean isPublic(Class<?> type) {
        Class<?> outer = type.getEnclosingClass();
        return Modifier.isPublic(type.getModifiers()) && (outer == null || isPublic(outer));
    }

    private static String shortName(Class<?> type) {
        return type.getName().substring("quire.".length());
    }

    @Test
    void publicIsWhatIsPromised() throws Exception {
        assertEquals(
                new TreeSet<>(API),
                publicTypes().stream()
                        .map(ApiTest::shortName)
                        .collect(Collectors.toCollection(TreeSet::new)));
        assertTrue(LLM.class.getPackage().isAnnotationPresent(NullMarked.class));
    }

    /** So that more can come without breaking who uses them. */
    @Test
    void classesAreFinalAndNoRecords() throws Exception {
        List<String> open =
                publicTypes().stream()
                        .filter(type -> !type.isInterface() && !type.isEnum())
                        .filter(type -> type != LLMException.class)
                        .filter(type -> !Modifier.isFinal(type.getModifiers()) || type.isRecord())
                        .map(ApiTest::shortName)
                        .toList();
        assertEquals(List.of(), open);
        assertTrue(LLMException.class.isSealed());
    }

    @Test
    void signaturesShowNothingElse() throws Exception {
        List<String> others =
                publicTypes().stream()
                        .flatMap(ApiTest::signatures)
                        .filter(
                                signature ->
                                        CLASS.matcher(signature)
                                                .results()
                                                .anyMatch(found -> !isAllowed(found.group())))
                        .toList();
        assertEquals(List.of(), others);
    }

    private static Stream<String> signatures(Class<?> type) {
        Stream<AccessibleObject> members =
                Stream.of(
                                type.getDeclaredMethods(),
                                type.getDeclaredConstructors(),
                                type.getDeclaredFields())
                        .flatMap(Arrays::stream);
        Stream<Type> above =
                Stream.concat(
                        Stream.ofNullable(type.getGenericSuperclass()),
                        Arrays.stream(type.getGenericInterfaces()));
        return Stream.concat(
                members.filter(ApiTest::isSeen).map(ApiTest::signature),
                above.map(Type::getTypeName));
    }

    private static boolean isSeen(AccessibleObject member) {
        int modifiers = ((java.lang.reflect.Member) member).getModifiers();
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    private static String signature(AccessibleObject member) {
        return switch (member) {
            case Method method -> method.toGenericString();
            case Constructor<?> constructor -> constructor.toGenericString();
            case Field field -> field.toGenericString();
            default -> throw new AssertionError(member);
        };
    }

    /** A name as it stands in a signature, where a method's own follows its class. */
    private static boolean isAllowed(String name) {
        return name.startsWith("java.")
                || name.startsWith("io.micrometer.")
                || API.stream()
                        .map(type -> "quire." + type.replace('$', '.'))
                        .anyMatch(type -> (name.replace('$', '.') + ".").startsWith(type + "."));
    }

    @Test
    void everyExceptionIsNamedWhereItLeaves() throws IOException {
        ThrowsTags tags = ThrowsTags.of(Path.of("src/main/java/quire"));
        assertEquals(List.of(), tags.unnamed());
        Set<String> kinds =
                Arrays.stream(LLMException.class.getPermittedSubclasses())
                        .map(Class::getSimpleName)
                        .collect(Collectors.toCollection(TreeSet::new));
        Set<String> named = new TreeSet<>(tags.named());
        named.retainAll(kinds);
        assertEquals(kinds, named, "each kind is thrown by something");
        List<String> open =
                Arrays.stream(LLM.class.getMethods())
                        .filter(method -> !Modifier.isStatic(method.getModifiers()))
                        .map(Method::getName)
                        .filter(method -> !method.equals("close"))
                        .filter(method -> !tags.all("LLM", method).contains("ClosedException"))
                        .distinct()
                        .toList();
        assertEquals(List.of(), open, "after close() there is one exception");
    }
}
