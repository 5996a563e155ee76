package quire.natives;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Where classes of another jar live: their package, in the class loader that has them. Classes are
 * defined there beside them, for a shared library belongs to the class loader of the class that
 * loads it and serves the classes of that one alone, and frameworks put the jars of a program into
 * several.
 */
public final class Neighbour {

    private static final ClassDesc SYSTEM = ClassDesc.of("java.lang.System");
    private static final MethodType TAKES_FILE = MethodType.methodType(void.class, String.class);
    private static final String LOADS = "QuireLoads";

    private final Class<?> type;
    private final MethodHandles.Lookup lookup;

    private Neighbour(Class<?> type, MethodHandles.Lookup lookup) {
        this.type = type;
        this.lookup = lookup;
    }

    /** Beside that class, which this does not initialise. */
    public static Neighbour of(Class<?> type) {
        try {
            return new Neighbour(type, MethodHandles.privateLookupIn(type, MethodHandles.lookup()));
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(type + " is in a module that is closed to Quire", e);
        }
    }

    /**
     * Defines a class of that simple name in the package, unless there is one already.
     *
     * @param members says what is in it
     */
    public void define(String name, Consumer<ClassBuilder> members) {
        byte[] bytes = ClassFile.of().build(ClassDesc.of(qualified(name)), members::accept);
        try {
            lookup.defineClass(bytes);
        } catch (LinkageError there) {
            // Loaded before, by who uses that jar, too, or by another of Quire's class loaders.
            return;
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Loads a library for the native methods of the classes there.
     *
     * @throws UnsatisfiedLinkError if the system refuses it, or another class loader has that file
     */
    public void load(Path library) {
        define(LOADS, Neighbour::loadMethod);
        try {
            lookup.findStatic(lookup.findClass(qualified(LOADS)), "load", TAKES_FILE)
                    .invokeExact(library.toString());
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private String qualified(String name) {
        return type.getPackageName() + "." + name;
    }

    private static void loadMethod(ClassBuilder type) {
        MethodTypeDesc takesFile = TAKES_FILE.describeConstable().orElseThrow();
        type.withMethodBody(
                "load",
                takesFile,
                ClassFile.ACC_STATIC,
                body -> body.aload(0).invokestatic(SYSTEM, "load", takesFile).return_());
    }
}
