package quire.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("sets system properties")
class NativeFileTest {

    private static final String TEMPORARY = "java.io.tmpdir";
    private static final String NAME = "native/some/libzip.so";

    /** A library that every JDK has. */
    private static final Path LIBRARY = Path.of(System.getProperty("java.home"), "lib/libzip.so");

    private static final Jar FULL =
            name -> {
                try {
                    return Files.newInputStream(LIBRARY);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            };

    @TempDir Path folder;
    private String temporary;

    @BeforeEach
    void remember() {
        temporary = System.getProperty(TEMPORARY);
    }

    @AfterEach
    void restore() {
        System.setProperty(TEMPORARY, temporary);
        System.clearProperty(NativeFile.PROPERTY);
    }

    private Path fileInPlaceOfAFolder() throws IOException {
        return Files.writeString(folder.resolve("no-folder"), "");
    }

    @Test
    void aLibraryIsUnpackedAndNothingIsLeft() throws IOException {
        Path temp = Files.createDirectory(folder.resolve("temp"));
        System.setProperty(TEMPORARY, temp.toString());
        Path loaded = new NativeFile(NAME, FULL).load(Function.identity());
        assertEquals("libzip.so", loaded.getFileName().toString());
        assertTrue(loaded.startsWith(temp), loaded.toString());
        try (Stream<Path> left = Files.list(temp)) {
            assertEquals(List.of(), left.toList());
        }
    }

    /** Root may write to every folder, so that none is forbidden here. */
    @Test
    void theNextFolderIsTakenWhereTheFirstCannotHoldIt() throws IOException {
        System.setProperty(TEMPORARY, fileInPlaceOfAFolder().toString());
        System.setProperty(NativeFile.PROPERTY, folder.resolve("last").toString());
        Path loaded = new NativeFile(NAME, FULL).load(Function.identity());
        Path next = UserFolders.cache().orElse(folder.resolve("last"));
        assertTrue(loaded.startsWith(next) || loaded.startsWith(folder.resolve("last")));
    }

    @Test
    void aFolderThatLetsNothingRunIsLeftForTheNext() throws IOException {
        System.setProperty(NativeFile.PROPERTY, folder.resolve("last").toString());
        List<Path> tried = new ArrayList<>();
        Path loaded =
                new NativeFile(NAME, FULL)
                        .load(
                                file -> {
                                    tried.add(file);
                                    if (!file.startsWith(folder)) {
                                        throw new UnsatisfiedLinkError("not permitted");
                                    }
                                    return file;
                                });
        assertTrue(loaded.startsWith(folder.resolve("last")), loaded.toString());
        assertTrue(tried.getFirst().startsWith(Path.of(temporary)), tried.toString());
    }

    @Test
    void whatIsLaidOutIsTakenWhereItIs() throws IOException {
        Jar empty = name -> null;
        Path laidOut = folder.resolve(NAME);
        Files.createDirectories(laidOut.getParent());
        Files.copy(LIBRARY, laidOut);
        System.setProperty(NativeFile.PROPERTY, folder.toString());
        assertEquals(laidOut, new NativeFile(NAME, empty).load(Function.identity()));
        System.clearProperty(NativeFile.PROPERTY);
        Jar beside =
                new Jar() {
                    @Override
                    public InputStream open(String name) {
                        return null;
                    }

                    @Override
                    public Optional<Path> folder() {
                        return Optional.of(folder);
                    }
                };
        assertEquals(laidOut, new NativeFile(NAME, beside).load(Function.identity()));
        assertTrue(Files.exists(laidOut));
    }

    @Test
    void aRefusalNamesEachFolderAndWhy() throws IOException {
        Path noFolder = fileInPlaceOfAFolder();
        System.setProperty(TEMPORARY, noFolder.toString());
        System.setProperty(NativeFile.PROPERTY, folder.toString());
        Jar broken = name -> InputStream.nullInputStream();
        String message =
                assertThrows(
                                IOException.class,
                                () -> new NativeFile(NAME, broken).load(Function.identity()))
                        .getMessage();
        assertTrue(message.contains(noFolder + " cannot hold it"), message);
        assertTrue(message.contains(folder + "/quire-"), message);
        assertTrue(message.contains("does not let it run"), message);
    }

    @Test
    void theCacheIsWhereTheSystemHasIt() {
        assertEquals(
                Optional.of(Path.of("/x/quire")),
                UserFolders.cache("Linux", "/home/a", Map.of("XDG_CACHE_HOME", "/x")));
        assertEquals(
                Optional.of(Path.of("/home/a/.cache/quire")),
                UserFolders.cache("Linux", "/home/a", Map.of("XDG_CACHE_HOME", "relative")));
        assertEquals(
                Optional.of(Path.of("/Users/a/Library/Caches/quire")),
                UserFolders.cache("Mac OS X", "/Users/a", Map.of()));
        assertEquals(Optional.empty(), UserFolders.cache("Linux", "?", Map.of()));
    }

    /** The tokenizers and the kernels in class loaders of their own, one after the other. */
    @Test
    void everyClassLoaderLoadsForItself() throws Exception {
        for (int round = 0; round < 3; round++) {
            WeakReference<ClassLoader> gone = useInALoaderOfItsOwn();
            for (int i = 0; i < 10 && gone.get() != null; i++) {
                System.gc();
                Thread.sleep(10);
            }
        }
    }

    private static WeakReference<ClassLoader> useInALoaderOfItsOwn() throws Exception {
        List<URL> path = new ArrayList<>();
        String all =
                System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path"));
        for (String entry : all.split(java.io.File.pathSeparator)) {
            path.add(Path.of(entry).toUri().toURL());
        }
        try (URLClassLoader loader =
                new URLClassLoader(
                        path.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            Class<?> type = Class.forName("quire.tokenizer.Tokenizer", true, loader);
            assertEquals(loader, type.getClassLoader());
            Path demo = Path.of("models/quire-demo");
            try (AutoCloseable tokenizer =
                    (AutoCloseable) type.getMethod("load", Path.class).invoke(null, demo)) {
                Object ids =
                        type.getMethod("encode", String.class, boolean.class)
                                .invoke(tokenizer, "one two", false);
                assertTrue(((int[]) ids).length > 0);
            }
            Class<?> kernels = Class.forName("quire.ops.cpu.CpuLibrary", true, loader);
            kernels.getMethod("load").invoke(null);
            return new WeakReference<>(loader);
        }
    }
}
