package quire;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;
import quire.ops.cpu.CpuLibrary;

/**
 * What tests use beyond the checkout and a JDK. A test asks for it by {@link #path}, which skips
 * the test with a sentence where the thing is not here; no test looks for such a thing itself.
 */
public enum Outside {
    SMOLLM2("SmolLM2-135M-Instruct.Q4_1.gguf", "bench/fetch-smollm2.sh") {
        @Override
        Optional<Path> find() {
            return file(System.getProperty("quire.smollm2"))
                    .or(() -> file("target/peers/SmolLM2-135M-Instruct.Q4_1.gguf"));
        }
    },
    CPU_KERNELS("a build with CPU kernels", "apt install gcc") {
        @Override
        Optional<Path> find() {
            return CpuLibrary.load() instanceof CpuLibrary.Loaded
                    ? Optional.of(Path.of("target/classes/native"))
                    : Optional.empty();
        }
    },
    C_COMPILER("a C compiler", "apt install gcc") {
        @Override
        Optional<Path> find() {
            return program(System.getenv("CC"), "cc", "gcc", "clang");
        }
    },
    CUDA_EMULATOR("the emulated CUDA driver", "apt install g++") {
        @Override
        Optional<Path> find() {
            return file(System.getProperty("quire.cuda.emulator"))
                    .or(() -> file("target/cuda-emulator/libcuda.so.1"));
        }
    },
    QUARKUS_LANGCHAIN4J(
            "the application with Quarkus LangChain4j",
            "./mvnw -f src/test/clients/quarkus-langchain4j/pom.xml package") {
        @Override
        Optional<Path> find() {
            return file("target/clients/quarkus-langchain4j/quarkus-app/quarkus-run.jar");
        }
    },
    SPRING_AI_CLIENT(
            "the application with Spring AI's client for OpenAI",
            "./mvnw -f src/test/clients/spring-ai/pom.xml package") {
        @Override
        Optional<Path> find() {
            return file("target/clients/spring-ai/client.jar");
        }
    },
    PYTHON_CLIENTS("the clients of Python", "tools/clients python") {
        @Override
        Optional<Path> find() {
            return file("target/clients/python/bin/python");
        }
    },
    INSTRUCTOR("instructor, a client of Python", "tools/clients instructor") {
        @Override
        Optional<Path> find() {
            return file("target/clients/instructor/bin/python");
        }
    },
    LM_EVAL("lm-eval, which grades models", "tools/clients lm-eval") {
        @Override
        Optional<Path> find() {
            return file("target/clients/lm-eval/bin/python");
        }
    },
    SCHEMATHESIS("schemathesis, which attacks servers", "tools/clients schemathesis") {
        @Override
        Optional<Path> find() {
            return file("target/clients/schemathesis/bin/schemathesis");
        }
    },
    NODE_CLIENTS("the clients of Node", "tools/clients node") {
        @Override
        Optional<Path> find() {
            return folder("target/clients/node/node_modules").flatMap(clients -> program("node"));
        }
    },
    PAGE_CLIENT("what drives a browser", "tools/clients page") {
        @Override
        Optional<Path> find() {
            return folder("target/clients/page/node_modules").flatMap(client -> program("node"));
        }
    },
    SPRING_BOOT_3("the Spring Boot 3 application with Quire inside", "tools/hosts spring-boot-3") {
        @Override
        Optional<Path> find() {
            return folder("target/hosts/spring-boot-3");
        }
    },
    SPRING_BOOT_4("the Spring Boot 4 application with Quire inside", "tools/hosts spring-boot-4") {
        @Override
        Optional<Path> find() {
            return folder("target/hosts/spring-boot-4");
        }
    },
    QUARKUS("the Quarkus application with Quire inside", "tools/hosts quarkus") {
        @Override
        Optional<Path> find() {
            return folder("target/hosts/quarkus");
        }
    },
    SPRING_AI("the application with the sample for Spring AI", "tools/hosts spring-ai") {
        @Override
        Optional<Path> find() {
            return folder("target/hosts/spring-ai");
        }
    },
    QUARKUS_CDI("the application with the sample for Quarkus", "tools/hosts quarkus-cdi") {
        @Override
        Optional<Path> find() {
            return folder("target/hosts/quarkus-cdi");
        }
    },
    TRITON_KERNELS("PTX of Triton's", "tools/triton-kernels") {
        @Override
        Optional<Path> find() {
            return folder("target/tools/triton");
        }
    },
    MOUNTS("a user namespace with mounts of its own", "sysctl kernel.unprivileged_userns_clone=1") {
        @Override
        Optional<Path> find() {
            return program("unshare").filter(Outside::lendsMounts);
        }
    },
    CHROMIUM("chromium", "apt install chromium fonts-dejavu-core"),
    CLANG("clang", "apt install clang"),
    PYTHON("python3", "apt install python3 python3-pip"),
    NODE("node", "apt install nodejs npm"),
    BASH("bash", "apt install bash"),
    CURL("curl", "apt install curl"),
    ZSH("zsh", "apt install zsh"),
    FISH("fish", "apt install fish"),
    PROMTOOL("promtool", "apt install prometheus"),
    MKFIFO("mkfifo", "apt install coreutils"),
    SETSID("setsid", "apt install util-linux");

    /** A sentence in place of a test's result: what is not here, and the command that brings it. */
    public static final class NotHere extends TestAbortedException {
        NotHere(String sentence) {
            super(sentence);
        }
    }

    private final String what;
    private final String command;

    Outside(String what, String command) {
        this.what = what;
        this.command = command;
    }

    /**
     * Returns where it is.
     *
     * @throws NotHere which skips the test, where it is not here
     */
    public Path path() {
        return find().orElseThrow(this::notHere);
    }

    /** What a test throws that found out by itself that the thing is not here. */
    public NotHere notHere() {
        return new NotHere(absence());
    }

    /**
     * The sentence for a test that is skipped: what is not here, and the command that brings it.
     */
    String absence() {
        return what + " is not here; this brings it: " + command;
    }

    /** Where it is: by default a program of that name. */
    Optional<Path> find() {
        return program(what);
    }

    /** The first of the programs that was fetched into target/tools or is on the PATH. */
    private static Optional<Path> program(String... names) {
        List<Path> folders =
                Stream.concat(
                                Stream.of("target/tools/bin"),
                                Arrays.stream(System.getenv("PATH").split(File.pathSeparator)))
                        .map(Path::of)
                        .toList();
        return Arrays.stream(names)
                .filter(name -> name != null && !name.isBlank())
                .flatMap(name -> folders.stream().map(folder -> folder.resolve(name)))
                .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
                .map(Path::toAbsolutePath)
                .findFirst();
    }

    private static boolean lendsMounts(Path unshare) {
        ProcessBuilder builder = new ProcessBuilder(unshare.toString(), "-Urm", "true");
        try {
            return builder.redirectErrorStream(true).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static Optional<Path> file(String name) {
        return Optional.ofNullable(name)
                .filter(text -> !text.isBlank())
                .map(Path::of)
                .filter(Files::isRegularFile);
    }

    private static Optional<Path> folder(String name) {
        return Optional.of(Path.of(name)).filter(Files::isDirectory);
    }
}
