import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Compiles CUDA C++ to PTX with the NVRTC library: {@code java Nvrtc.java LIBRARY ARCHITECTURE
 * FOLDER SOURCE...} writes a {@code .ptx} file into the folder for each source. Prints the
 * compiler's words and exits with 1 when it refuses one.
 */
final class Nvrtc {
    private final Linker linker = Linker.nativeLinker();
    private final SymbolLookup library;

    private Nvrtc(Path library) {
        this.library = SymbolLookup.libraryLookup(library, Arena.global());
    }

    public static void main(String[] args) throws Throwable {
        Path folder = Files.createDirectories(Path.of(args[2]));
        for (String source : List.of(args).subList(3, args.length)) {
            Path path = Path.of(source);
            String name = path.getFileName().toString().replaceFirst("\\.cu$", ".ptx");
            try {
                Files.write(folder.resolve(name), compile(Path.of(args[0]), path, args[1]));
            } catch (Refused refused) {
                System.err.println(refused.getMessage());
                System.exit(1);
            }
        }
    }

    /** The compiler does not take a source; the message says why. */
    static final class Refused extends RuntimeException {
        private Refused(String message) {
            super(message);
        }
    }

    /**
     * The PTX of a source.
     *
     * @throws Refused if the compiler does not take it
     */
    static byte[] compile(Path library, Path source, String architecture) throws Throwable {
        return new Nvrtc(library).compile(source, architecture);
    }

    private byte[] compile(Path source, String architecture) throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment handle = arena.allocate(ValueLayout.ADDRESS);
            MemorySegment text = arena.allocateFrom(Files.readString(source));
            MemorySegment name = arena.allocateFrom(source.getFileName().toString());
            check(
                    call(
                            "nvrtcCreateProgram",
                            handle,
                            text,
                            name,
                            0,
                            MemorySegment.NULL,
                            MemorySegment.NULL));
            MemorySegment program = handle.get(ValueLayout.ADDRESS, 0);
            List<String> options = new ArrayList<>();
            options.add("--gpu-architecture=" + architecture);
            options.add("--std=c++17");
            options.add("--include-path=" + source.toAbsolutePath().getParent());
            options.add("--generate-line-info");
            MemorySegment pointers = arena.allocate(ValueLayout.ADDRESS, options.size());
            for (int i = 0; i < options.size(); i++) {
                pointers.setAtIndex(ValueLayout.ADDRESS, i, arena.allocateFrom(options.get(i)));
            }
            int result = call("nvrtcCompileProgram", program, options.size(), pointers);
            String log = new String(bytes(arena, program, "nvrtcGetProgramLog")).strip();
            if (result != 0) {
                throw new Refused(log + "\n" + source + " does not compile for " + architecture);
            }
            if (!log.isEmpty()) {
                System.err.println(log);
            }
            return withoutFolders(bytes(arena, program, "nvrtcGetPTX"));
        }
    }

    /** The same text, wherever the sources lie: it names them for its line numbers. */
    private static byte[] withoutFolders(byte[] ptx) {
        return new String(ptx, StandardCharsets.ISO_8859_1)
                .replaceAll("(?m)^(\\s*\\.file\\s+\\d+\\s+\")[^\"]*/", "$1")
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    private byte[] bytes(Arena arena, MemorySegment program, String what) throws Throwable {
        MemorySegment size = arena.allocate(ValueLayout.JAVA_LONG);
        check(call(what + "Size", program, size));
        MemorySegment content = arena.allocate(Math.max(1, size.get(ValueLayout.JAVA_LONG, 0)));
        check(call(what, program, content));
        byte[] all = content.toArray(ValueLayout.JAVA_BYTE);
        return all[all.length - 1] == 0 ? java.util.Arrays.copyOf(all, all.length - 1) : all;
    }

    private int call(String name, Object... arguments) throws Throwable {
        var layouts = new ArrayList<java.lang.foreign.MemoryLayout>();
        for (Object argument : arguments) {
            layouts.add(argument instanceof Integer ? ValueLayout.JAVA_INT : ValueLayout.ADDRESS);
        }
        MethodHandle function =
                linker.downcallHandle(
                        library.findOrThrow(name),
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                layouts.toArray(java.lang.foreign.MemoryLayout[]::new)));
        return (int) function.invokeWithArguments(arguments);
    }

    private static void check(int result) {
        if (result != 0) {
            throw new IllegalStateException("NVRTC returned " + result);
        }
    }
}
