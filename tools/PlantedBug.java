import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A bug to be planted, and what must become of it.
 *
 * @param file the source that it is in
 * @param patch lines that begin with {@code -}, {@code +} or a space, as in a diff without numbers
 * @param modules kernels that must be compiled anew, of the file's own name unless others are named
 * @param schedule in which it is caught
 * @param check what catches it: a test, {@code CLASS#METHOD} or {@code CLASS#METHOD[ITERATION]}, or
 *     {@code kit STAGE}
 * @param properties system properties of the check, {@code NAME=VALUE}
 * @param told what is found in the output of the check
 */
record PlantedBug(
        String name,
        Path file,
        List<String> patch,
        List<String> modules,
        String schedule,
        String check,
        List<String> properties,
        List<String> told) {

    static final String USUAL_SCHEDULE = "forward";

    PlantedBug {
        if (file == null || patch.isEmpty() || check == null || told.isEmpty()) {
            throw new IllegalArgumentException(
                    name + " lacks a file, a patch, a check or what is told");
        }
    }

    /** Reads a table: blocks of lines that begin with a word, and patches between them. */
    static List<PlantedBug> read(Path table) throws IOException {
        List<PlantedBug> bugs = new ArrayList<>();
        List<String> lines = new ArrayList<>(Files.readAllLines(table));
        lines.removeIf(line -> line.isBlank() || line.startsWith("#"));
        for (int from = 0; from < lines.size(); ) {
            int to = from + 1;
            while (to < lines.size() && !lines.get(to).startsWith("bug ")) {
                to++;
            }
            bugs.add(of(lines.subList(from, to)));
            from = to;
        }
        return bugs;
    }

    private static PlantedBug of(List<String> lines) {
        String name = null;
        Path file = null;
        List<String> patch = new ArrayList<>();
        List<String> modules = new ArrayList<>();
        String schedule = USUAL_SCHEDULE;
        String check = null;
        List<String> properties = new ArrayList<>();
        List<String> told = new ArrayList<>();
        for (String line : lines) {
            String[] words = line.split(" ", 2);
            switch (words[0]) {
                case "bug" -> name = words[1];
                case "in" -> file = Path.of(words[1]);
                case "compiles" -> modules.addAll(Arrays.asList(words[1].split(" ")));
                case "schedule" -> schedule = words[1];
                case "check" -> check = words[1];
                case "with" -> properties.add(words[1]);
                case "tells" -> told.add(words[1]);
                default -> {
                    if (!line.matches("(?s)[-+ ].*")) {
                        throw new IllegalArgumentException(name + ": what is this: " + line);
                    }
                    patch.add(line);
                }
            }
        }
        if (file != null && modules.isEmpty() && file.toString().endsWith(".cu")) {
            modules.add(file.getFileName().toString().replace(".cu", ""));
        }
        return new PlantedBug(name, file, patch, modules, schedule, check, properties, told);
    }

    boolean isInJava() {
        return file.toString().endsWith(".java");
    }

    /** Whether it is in a kernel of the kit, or in what only those use. */
    boolean isInTrial() {
        return check.startsWith("kit ");
    }

    /**
     * The file with the bug in it. Lines count without the spaces around them.
     *
     * @throws IllegalStateException if the patch's place is not there, or is there more than once
     */
    String planted(List<String> source) {
        List<String> old = patch.stream().filter(line -> line.charAt(0) != '+').toList();
        List<String> stripped = source.stream().map(String::strip).toList();
        int at = -1;
        for (int i = 0; i + old.size() <= source.size(); i++) {
            boolean same = true;
            for (int j = 0; j < old.size() && same; j++) {
                same = stripped.get(i + j).equals(old.get(j).substring(1).strip());
            }
            if (same && at >= 0) {
                throw new IllegalStateException("the patch has more than one place in " + file);
            }
            at = same ? i : at;
        }
        if (at < 0) {
            throw new IllegalStateException("the patch applies no longer to " + file);
        }
        List<String> result = new ArrayList<>(source.subList(0, at));
        int next = at;
        for (String line : patch) {
            switch (line.charAt(0)) {
                case '+' -> result.add(line.substring(1));
                case '-' -> next++;
                default -> result.add(source.get(next++));
            }
        }
        result.addAll(source.subList(next, source.size()));
        return String.join("\n", result) + "\n";
    }
}
