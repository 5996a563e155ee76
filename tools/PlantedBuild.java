import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles what a bug was planted in, over what the build has in {@code target}. */
final class PlantedBuild {
    static final Path WORK = Path.of("target/planted-bugs");

    /** Classes of the kit, and its kernels as the emulated card takes them. */
    static final Path KIT = WORK.resolve("kit/classes");

    private static final Path KERNELS = Path.of("kernels-cuda");
    private static final Path TRIALS = KERNELS.resolve("trials");
    private static final Path NVRTC =
            Path.of("target/cuda-toolchain/nvidia/cuda_nvrtc/lib/libnvrtc.so.12");

    /** The emulated card that kernels run on. */
    private static final String ARCHITECTURE = "compute_90a";

    private final String libraries;

    PlantedBuild() throws IOException {
        // Quarkus would start with every test, and no test here is about it.
        libraries =
                Arrays.stream(
                                Files.readString(WORK.resolve("class-path.txt"))
                                        .strip()
                                        .split(File.pathSeparator))
                        .filter(jar -> !Path.of(jar).getFileName().toString().startsWith("quarkus"))
                        .collect(Collectors.joining(File.pathSeparator));
    }

    /** Class path of what the build and its tests stand on. */
    String libraries() {
        return libraries;
    }

    /** The kit with its kernels, as they are. Returns why there is none, or nothing. */
    String prepareKit() throws Exception {
        List<Path> sources = files(Path.of("gpu/src/quire/gpu"), ".java");
        try {
            compileJava(sources, KIT, "-implicit:class");
            for (Path source : files(TRIALS, ".cu")) {
                compileKernel(source, KIT.resolve("cuda/trials"));
            }
            return "";
        } catch (IllegalStateException e) {
            return "the kit " + e.getMessage();
        }
    }

    /**
     * Puts what the bug changes into the folder's {@code classes}, which come before all others.
     *
     * @throws IllegalStateException if its patch has no place, or what it gives does not compile
     */
    void plant(PlantedBug bug, Path folder) throws Exception {
        String broken = bug.planted(Files.readAllLines(bug.file()));
        if (bug.isInJava()) {
            Path source = folder.resolve("sources").resolve(bug.file());
            Files.createDirectories(source.getParent());
            Files.writeString(source, broken);
            compileJava(List.of(source), folder.resolve("classes"), "-implicit:none");
            return;
        }
        Path sources = folder.resolve("sources");
        for (Path from : List.of(KERNELS, TRIALS)) {
            Path to = Files.createDirectories(sources.resolve(from));
            for (Path source : files(from, ".cu", ".cuh")) {
                Files.copy(source, to.resolve(source.getFileName()));
            }
        }
        Files.writeString(sources.resolve(bug.file()), broken);
        Path from = sources.resolve(bug.isInTrial() ? TRIALS : KERNELS);
        Path to = folder.resolve(bug.isInTrial() ? "classes/cuda/trials" : "classes/cuda");
        for (String module : bug.modules()) {
            compileKernel(from.resolve(module + ".cu"), to);
        }
    }

    private static void compileKernel(Path source, Path folder) {
        String name = source.getFileName().toString().replace(".cu", ".ptx");
        try {
            Path target = Files.createDirectories(folder.resolve(ARCHITECTURE)).resolve(name);
            Files.write(target, Nvrtc.compile(NVRTC, source, ARCHITECTURE));
        } catch (Throwable e) {
            throw new IllegalStateException("does not compile: " + e.getMessage(), e);
        }
    }

    private void compileJava(List<Path> sources, Path to, String implicit) throws IOException {
        Files.createDirectories(to);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter words = new StringWriter();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            List<String> options =
                    List.of(
                            "-proc:none",
                            "-g",
                            implicit,
                            "-d",
                            to.toString(),
                            "-cp",
                            String.join(
                                    File.pathSeparator,
                                    "target/test-classes",
                                    "target/classes",
                                    libraries));
            boolean compiled =
                    compiler.getTask(
                                    words,
                                    manager,
                                    null,
                                    options,
                                    null,
                                    manager.getJavaFileObjectsFromPaths(sources))
                            .call();
            if (!compiled) {
                throw new IllegalStateException("does not compile: " + words);
            }
        }
    }

    private static List<Path> files(Path folder, String... endings) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(
                            file ->
                                    Arrays.stream(endings)
                                            .anyMatch(end -> file.toString().endsWith(end)))
                    .sorted()
                    .toList();
        }
    }
}
