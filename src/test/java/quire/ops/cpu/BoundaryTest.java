package quire.ops.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.lang.reflect.RecordComponent;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import quire.tensor.DType;

/** Both sides of the boundary to C say the same: numbers, structures and signatures. */
final class BoundaryTest {

    /** What the library reports of a constant, a structure, a field or a block. */
    private record Fact(long value, long bytes) {}

    private static final Path HEADER = Path.of("kernels-cpu/quire_cpu.h");

    @SuppressWarnings("restricted")
    private static Map<String, Fact> facts() throws URISyntaxException {
        CpuTests.library();
        MemorySegment table =
                SymbolLookup.libraryLookup(libraryFile(), Arena.global())
                        .findOrThrow("quire_facts")
                        .reinterpret(Long.MAX_VALUE);
        Map<String, Fact> facts = new TreeMap<>();
        for (long at = 0; table.get(ValueLayout.JAVA_LONG, at) != 0; at += 24) {
            String name =
                    table.get(ValueLayout.ADDRESS, at).reinterpret(Long.MAX_VALUE).getString(0);
            long value = table.get(ValueLayout.JAVA_LONG, at + 8);
            facts.put(name, new Fact(value, table.get(ValueLayout.JAVA_LONG, at + 16)));
        }
        return facts;
    }

    private static Path libraryFile() throws URISyntaxException {
        String named = System.getProperty(CpuLibrary.PROPERTY, "");
        String built = "/native/linux-" + arch() + "/libquire_cpu.so";
        return named.isEmpty()
                ? Path.of(
                        Objects.requireNonNull(CpuLibrary.class.getResource(built), built).toURI())
                : Path.of(named).toAbsolutePath();
    }

    private static String arch() {
        String arch = System.getProperty("os.arch");
        return arch.equals("amd64") ? "x86_64" : arch;
    }

    private static Map<String, Fact> factsOf(String prefix, Map<String, Fact> facts) {
        return facts.entrySet().stream()
                .filter(fact -> fact.getKey().startsWith(prefix))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    @Test
    void structuresHaveTheSameFieldsAtTheSamePlaces() throws Exception {
        Map<String, Fact> facts = facts();
        for (StructLayout structure : List.of(Structures.PART, Structures.HEADS)) {
            String name = structure.name().orElseThrow();
            Map<String, Fact> expected = new TreeMap<>();
            expected.put(name, new Fact(0, structure.byteSize()));
            for (MemoryLayout field : structure.memberLayouts()) {
                String fieldName = field.name().orElseThrow();
                expected.put(
                        name + "." + fieldName,
                        new Fact(Structures.offset(structure, fieldName), field.byteSize()));
            }
            assertEquals(expected, new TreeMap<>(factsOf(name, facts)));
        }
    }

    @Test
    void typesHaveTheSameNumbersAndBlocks() throws Exception {
        Map<String, Fact> facts = facts();
        int kernelTypes = 0;
        for (DType dtype : DType.values()) {
            String name = "QUIRE_" + dtype;
            if (Shapes.isKernelType(dtype)) {
                kernelTypes++;
                assertEquals(Shapes.code(dtype), facts.get(name).value(), name);
                assertEquals(
                        new Fact(dtype.blockElements(), dtype.blockBytes()),
                        facts.get(name + ".block"),
                        name);
            } else {
                assertEquals(Map.of(), factsOf(name, facts));
                assertThrows(IllegalArgumentException.class, () -> Shapes.code(dtype));
            }
        }
        assertEquals(kernelTypes, facts.get("QUIRE_TYPES").value());
    }

    @Test
    void featuresLayoutsAndAnswersHaveTheSameNumbers() throws Exception {
        Map<String, Fact> facts = facts();
        for (CpuFeature feature : CpuFeature.values()) {
            long bit = facts.get("QUIRE_" + feature).value();
            assertEquals(CpuFeature.bits(Set.of(feature)), bit, feature.label());
            assertEquals(Set.of(feature), CpuFeature.of((int) bit));
        }
        assertEquals(
                CpuFeature.bits(EnumSet.allOf(CpuFeature.class)),
                facts.get("QUIRE_FEATURES").value());
        assertEquals(CpuKernels.LAYOUT_ROWS, facts.get("QUIRE_ROWS").value());
        assertEquals(CpuKernels.NO_KERNEL, facts.get("QUIRE_NO_KERNEL").value());
        assertEquals(CpuKernels.ABI, facts.get("QUIRE_ABI").value());
        assertEquals(CpuKernels.OK, facts.get("QUIRE_OK").value());
        assertEquals(CpuKernels.NO_MEMORY, facts.get("QUIRE_NO_MEMORY").value());
        assertEquals(CpuKernels.STOPPED, facts.get("QUIRE_STOPPED").value());
    }

    @Test
    void everyFunctionOfTheHeaderIsBoundAsItIsDeclared() throws Exception {
        Map<String, MethodType> bound = new TreeMap<>();
        for (RecordComponent component : CpuKernels.class.getRecordComponents()) {
            String name = component.getName().replaceFirst("Handle$", "");
            MethodHandle handle =
                    (MethodHandle) component.getAccessor().invoke(CpuTests.library().kernels());
            bound.put("quire_" + name.replaceAll("([A-Z])", "_$1").toLowerCase(), handle.type());
        }
        Map<String, MethodType> declared = declarations(Files.readString(HEADER));
        assertEquals(MethodType.methodType(int.class), declared.remove("quire_abi"));
        assertEquals(declared, bound);
    }

    /** The exported functions of a header, pointers as longs. */
    private static Map<String, MethodType> declarations(String header) throws IOException {
        Pattern declaration = Pattern.compile("QUIRE_EXPORT ([^;()]*?)(quire_\\w+)\\(([^)]*)\\);");
        String code = header.replaceAll("(?s)/\\*.*?\\*/", "");
        Map<String, MethodType> declared = new TreeMap<>();
        for (MatchResult match : declaration.matcher(code).results().toList()) {
            List<Class<?>> arguments = new ArrayList<>();
            Stream.of(match.group(3).split(","))
                    .filter(argument -> !argument.equals("void"))
                    .forEach(argument -> arguments.add(javaType(argument)));
            declared.put(
                    match.group(2), MethodType.methodType(javaType(match.group(1)), arguments));
        }
        return declared;
    }

    private static Class<?> javaType(String declaration) {
        String type = declaration.strip();
        if (type.contains("*")) {
            return long.class;
        }
        return switch (type.split(" ")[0]) {
            case "void" -> void.class;
            case "int", "int32_t" -> int.class;
            case "int64_t" -> long.class;
            case "float" -> float.class;
            default -> throw new AssertionError("no Java type for " + declaration);
        };
    }
}
