package quire.golden;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the expected values and the borrowed files of the golden tests lie. */
public final class GoldenData {
    private GoldenData() {}

    /** Returns the folder of expected values: {@code quire.golden}, or the one in the tree. */
    public static Path golden() {
        return folder("quire.golden", "src/test/resources/golden");
    }

    /** Returns the folder of borrowed files: {@code quire.fixtures}, or the one in the tree. */
    public static Path fixtures() {
        return folder("quire.fixtures", "src/test/resources/fixtures");
    }

    private static Path folder(String property, String inTree) {
        Path folder = Path.of(System.getProperty(property, inTree)).toAbsolutePath();
        if (!Files.isDirectory(folder)) {
            throw new IllegalStateException(
                    "No folder " + folder + "; point the system property " + property + " at one.");
        }
        return folder;
    }
}
