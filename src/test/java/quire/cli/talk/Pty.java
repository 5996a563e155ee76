package quire.cli.talk;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import quire.Interrupts;
import quire.Outside;

/**
 * A terminal that a test types on and reads, and a program on it whose controlling terminal it is:
 * keys such as Ctrl-C become signals, as they do for people.
 */
public final class Pty implements AutoCloseable {

    public static final String CTRL_A = "\u0001";
    public static final String CTRL_C = "\u0003";
    public static final String CTRL_D = "\u0004";
    public static final String ENTER = "\r";
    public static final String UP = "\u001b[A";

    private static final int READ_WRITE_NOT_CONTROLLING = 2 | 0x100;
    private static final int MAX_NAME = 64;
    private static final int CHUNK = 4096;
    private static final int MAX_TYPED = 1024;

    /** TIOCSWINSZ of Linux. */
    private static final long SET_WINDOW_SIZE = 0x5414;

    private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final Arena arena = Arena.ofShared();
    private final int master;
    private final Path slave;
    private final StringBuilder screen = new StringBuilder();
    private int seen;
    private boolean ended;
    private Process program;

    /** A new terminal with nothing on it. */
    public Pty() throws IOException {
        master = (int) call("posix_openpt", ValueLayout.JAVA_INT, READ_WRITE_NOT_CONTROLLING);
        MemorySegment name = arena.allocate(MAX_NAME);
        boolean made =
                master >= 0
                        && (int) call("grantpt", ValueLayout.JAVA_INT, master) == 0
                        && (int) call("unlockpt", ValueLayout.JAVA_INT, master) == 0
                        && (int)
                                        call(
                                                "ptsname_r",
                                                ValueLayout.JAVA_INT,
                                                master,
                                                name,
                                                (long) MAX_NAME)
                                == 0;
        if (!made) {
            throw new IOException("there is no terminal to be had");
        }
        slave = Path.of(name.getString(0));
    }

    @SuppressWarnings("restricted")
    private static Object call(String function, MemoryLayout returned, Object... args) {
        MemoryLayout[] layouts = new MemoryLayout[args.length];
        for (int i = 0; i < args.length; i++) {
            layouts[i] =
                    switch (args[i]) {
                        case Integer number -> ValueLayout.JAVA_INT;
                        case Long number -> ValueLayout.JAVA_LONG;
                        default -> ValueLayout.ADDRESS;
                    };
        }
        Linker linker = Linker.nativeLinker();
        MethodHandle handle =
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow(function),
                        FunctionDescriptor.of(returned, layouts));
        try {
            return handle.invokeWithArguments(args);
        } catch (Throwable e) {
            throw new AssertionError(function, e);
        }
    }

    /** Starts a program on it with all of its streams. */
    public void start(List<String> command, Map<String, String> environment) throws IOException {
        start(command, environment, slave);
    }

    /** Starts a program on it; standard error goes to a file of its own. */
    public void start(List<String> command, Map<String, String> environment, Path errors)
            throws IOException {
        List<String> all = new ArrayList<>(List.of(Outside.SETSID.path().toString(), "--ctty"));
        all.addAll(command);
        ProcessBuilder builder =
                new ProcessBuilder(all)
                        .redirectInput(slave.toFile())
                        .redirectOutput(slave.toFile())
                        .redirectError(errors.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("QUIRE_"));
        builder.environment().put("TERM", "xterm");
        builder.environment().putAll(environment);
        Interrupts.areHeard();
        program = builder.start();
        Thread.ofPlatform().daemon().name("pty").start(this::read);
    }

    private void read() {
        MemorySegment chunk = arena.allocate(CHUNK);
        byte[] cut = new byte[0];
        long count;
        while ((count = (long) call("read", ValueLayout.JAVA_LONG, master, chunk, (long) CHUNK))
                > 0) {
            byte[] bytes = new byte[cut.length + (int) count];
            System.arraycopy(cut, 0, bytes, 0, cut.length);
            MemorySegment.copy(chunk, ValueLayout.JAVA_BYTE, 0, bytes, cut.length, (int) count);
            int whole = wholeCharacters(bytes);
            cut = Arrays.copyOfRange(bytes, whole, bytes.length);
            show(new String(bytes, 0, whole, StandardCharsets.UTF_8));
        }
        synchronized (this) {
            ended = true;
            notifyAll();
        }
    }

    /** How many of the bytes are whole characters of UTF-8. */
    private static int wholeCharacters(byte[] bytes) {
        int last = bytes.length - 1;
        while (last >= 0 && (bytes[last] & 0xc0) == 0x80) {
            last--;
        }
        if (last < 0) {
            return bytes.length;
        }
        int lead = bytes[last] & 0xff;
        int length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        return last + length <= bytes.length ? last + length : last;
    }

    private synchronized void show(String text) {
        screen.append(text);
        notifyAll();
    }

    /** Becomes another size, as a window does. */
    @SuppressWarnings("restricted")
    public void resize(int rows, int columns) {
        Linker linker = Linker.nativeLinker();
        MethodHandle ioctl =
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("ioctl"),
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.ADDRESS),
                        Linker.Option.firstVariadicArg(2));
        try (Arena sizes = Arena.ofConfined()) {
            MemorySegment size =
                    sizes.allocateFrom(
                            ValueLayout.JAVA_SHORT,
                            (short) rows,
                            (short) columns,
                            (short) 0,
                            (short) 0);
            int failed = (int) ioctl.invokeExact(master, SET_WINDOW_SIZE, size);
            if (failed != 0) {
                throw new AssertionError("the window keeps its size");
            }
        } catch (Throwable e) {
            throw new AssertionError("ioctl", e);
        }
    }

    /** Stops the program as a shell does, sets the terminal as a shell wants it, and goes on. */
    public void comeBackFromAShell() throws IOException, InterruptedException {
        String pid = Long.toString(program.pid());
        for (String command :
                List.of("kill -STOP " + pid, "stty sane <" + slave, "kill -CONT " + pid)) {
            if (new ProcessBuilder("sh", "-c", command).start().waitFor() != 0) {
                throw new AssertionError(command);
            }
        }
    }

    /** Waits until the terminal no longer shows what is typed. */
    public void awaitSilence() throws IOException, InterruptedException {
        long end = System.nanoTime() + MOST_NANOS;
        Process stty;
        do {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("it shows what is typed");
            }
            stty = new ProcessBuilder("stty", "-a").redirectInput(slave.toFile()).start();
        } while (!new String(stty.getInputStream().readAllBytes()).contains(" -echo "));
    }

    /** Types keys. */
    public void type(String keys) {
        type(keys.getBytes(StandardCharsets.UTF_8));
    }

    /** Types bytes, a piece at a time, as the terminal takes them. */
    public void type(byte[] keys) {
        for (int start = 0; start < keys.length; start += MAX_TYPED) {
            write(Arrays.copyOfRange(keys, start, Math.min(keys.length, start + MAX_TYPED)));
        }
    }

    private void write(byte[] bytes) {
        try (Arena keysArena = Arena.ofConfined()) {
            MemorySegment segment = keysArena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            call("write", ValueLayout.JAVA_LONG, master, segment, (long) bytes.length);
        }
    }

    /** Waits until the text is on the screen, behind what was waited for before. */
    public synchronized String await(String text) throws InterruptedException {
        long end = System.nanoTime() + MOST_NANOS;
        int from = seen;
        int at;
        while ((at = screen.indexOf(text, from)) < 0) {
            long millis = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (ended || millis <= 0) {
                throw new AssertionError("no '" + text + "' in:\n" + screen.substring(from));
            }
            wait(millis);
        }
        seen = at + text.length();
        return screen.substring(from, at);
    }

    /** Everything that was ever shown. */
    public synchronized String screen() {
        return screen.toString();
    }

    /** The exit code of the program, once it has ended. */
    public int awaitEnd() throws InterruptedException {
        if (!program.waitFor(60, TimeUnit.SECONDS)) {
            throw new AssertionError("it does not end:\n" + screen());
        }
        return program.exitValue();
    }

    @Override
    public void close() {
        if (program != null) {
            program.destroyForcibly();
        }
        call("close", ValueLayout.JAVA_INT, master);
    }
}
