import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What {@code tools/planted-bugs} runs, in the folder of the checkout. */
final class PlantedBugs {
    private static final Path TABLE = Path.of("tools/planted-bugs.txt");
    private static final Path WORK = PlantedBuild.WORK;

    /** What the table must at least have, so that it does not shrink unseen. */
    private static final int LEAST_BUGS = 40;

    private static final int LEAST_IN_ONE_SCHEDULE = 35;
    private static final int LIMIT_SECONDS = 60;

    /** A test or a stage of the kit, and how it runs. */
    private record Check(String name, String schedule, List<String> properties) {
        static Check of(PlantedBug bug) {
            return new Check(bug.check(), bug.schedule(), bug.properties());
        }

        boolean isOfKit() {
            return name.startsWith("kit ");
        }
    }

    /** What a check came to. */
    private record Outcome(boolean passed, String output) {}

    /** A bug, or a check without one; in words why it is not as it should be, empty where it is. */
    private record Row(
            String name, String check, String schedule, double seconds, String complaint) {
        String line() {
            String judged = complaint.isEmpty() ? "" : "  NOT SO: " + complaint;
            return "%-44s %-72s %-8s %5.1f%s"
                    .formatted(name, check.replaceFirst(".*\\.", ""), schedule, seconds, judged);
        }
    }

    private final String emulator = Path.of("target/cuda-emulator").toAbsolutePath().toString();
    private final PlantedBuild build;
    private String kitComplaint = "";

    private PlantedBugs(PlantedBuild build) {
        this.build = build;
    }

    public static void main(String[] args) throws Exception {
        List<String> names = new ArrayList<>(List.of(args));
        int at = names.indexOf("--jobs");
        int jobs = at < 0 ? 2 : Integer.parseInt(names.get(at + 1));
        if (at >= 0) {
            names.subList(at, at + 2).clear();
        }
        List<PlantedBug> all = PlantedBug.read(TABLE);
        List<String> unknown = new ArrayList<>(names);
        all.forEach(bug -> unknown.remove(bug.name()));
        if (!unknown.isEmpty()) {
            System.err.println(TABLE + " has no bugs " + unknown + ".");
            System.exit(2);
        }
        List<PlantedBug> bugs =
                all.stream().filter(bug -> names.isEmpty() || names.contains(bug.name())).toList();
        List<Row> rows = new PlantedBugs(new PlantedBuild()).run(bugs, jobs);
        long missed = rows.stream().filter(row -> !row.complaint.isEmpty()).count();
        long usual =
                bugs.stream()
                        .filter(bug -> bug.schedule().equals(PlantedBug.USUAL_SCHEDULE))
                        .count();
        System.out.printf(
                "%d bugs, %d of them in schedule %s, and %d checks without one: %d not as they should be%n",
                bugs.size(), usual, PlantedBug.USUAL_SCHEDULE, rows.size() - bugs.size(), missed);
        if (names.isEmpty() && (bugs.size() < LEAST_BUGS || usual < LEAST_IN_ONE_SCHEDULE)) {
            System.out.printf(
                    "There must be %d bugs, %d of them in one schedule.%n",
                    LEAST_BUGS, LEAST_IN_ONE_SCHEDULE);
            missed++;
        }
        System.exit(missed == 0 ? 0 : 1);
    }

    private List<Row> run(List<PlantedBug> bugs, int jobs) throws Exception {
        if (bugs.stream().anyMatch(PlantedBug::isInTrial)) {
            kitComplaint = build.prepareKit();
        }
        List<Row> rows = new ArrayList<>();
        try (ExecutorService workers = Executors.newFixedThreadPool(jobs)) {
            List<Future<Row>> futures = new ArrayList<>();
            Set<Check> checks = new LinkedHashSet<>();
            bugs.forEach(bug -> checks.add(Check.of(bug)));
            for (Check check : checks) {
                futures.add(workers.submit(timed(() -> unharmed(check))));
            }
            for (PlantedBug bug : bugs) {
                futures.add(workers.submit(timed(() -> planted(bug))));
            }
            for (Future<Row> future : futures) {
                rows.add(future.get());
                System.out.println(rows.getLast().line());
            }
        }
        return rows;
    }

    private static Callable<Row> timed(Callable<Row> work) {
        return () -> {
            long begun = System.nanoTime();
            Row row = work.call();
            double seconds = (System.nanoTime() - begun) / 1e9;
            return new Row(row.name, row.check, row.schedule, seconds, row.complaint);
        };
    }

    /** A check must pass where nothing was planted. */
    private Row unharmed(Check check) throws Exception {
        Path folder = fresh("unharmed-" + Integer.toHexString(check.hashCode()));
        String complaint;
        try {
            boolean passed = run(check, folder).passed;
            complaint = passed ? "" : "fails without a bug; see " + folder.resolve("output.txt");
        } catch (IllegalStateException e) {
            complaint = e.getMessage();
        }
        return new Row("(none)", check.name, check.schedule, 0, complaint);
    }

    private Row planted(PlantedBug bug) throws Exception {
        Path folder = fresh(bug.name());
        String complaint;
        try {
            build.plant(bug, folder);
            Outcome outcome = run(Check.of(bug), folder);
            List<String> untold =
                    bug.told().stream().filter(text -> !outcome.output.contains(text)).toList();
            complaint =
                    outcome.passed
                            ? "not caught"
                            : untold.isEmpty() ? "" : "caught, but not told: " + untold;
        } catch (IllegalStateException e) {
            complaint = e.getMessage();
        }
        if (!complaint.isEmpty()) {
            complaint += "; see " + folder;
        }
        return new Row(bug.name(), bug.check(), bug.schedule(), 0, complaint);
    }

    /** Runs a check over what was planted in the folder; its output stays there. */
    private Outcome run(Check check, Path folder) throws Exception {
        boolean kit = check.isOfKit();
        if (kit && !kitComplaint.isEmpty()) {
            throw new IllegalStateException(kitComplaint);
        }
        Path report = folder.resolve("report.jsonl");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx1g"));
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-Dquire.cuda.emulator=" + emulator + "/libcuda.so.1");
        check.properties.forEach(property -> command.add("-D" + property));
        command.add("-cp");
        command.add(
                Stream.of(
                                folder.resolve("classes").toString(),
                                kit ? PlantedBuild.KIT.toString() : "",
                                "target/test-classes",
                                "target/classes",
                                build.libraries())
                        .filter(entry -> !entry.isEmpty())
                        .collect(Collectors.joining(File.pathSeparator)));
        if (kit) {
            command.addAll(
                    List.of("quire.gpu.Kit", "stage", check.name.substring("kit ".length())));
            command.addAll(List.of(folder.resolve("rows.jsonl").toString(), "--tiny"));
        } else {
            command.addAll(List.of("quire.NamedTest", check.name));
        }
        Path output = folder.resolve("output.txt");
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectOutput(output.toFile());
        builder.environment().put("LD_LIBRARY_PATH", emulator);
        builder.environment().put("QUIRE_EMULATOR_SCHEDULE", check.schedule);
        builder.environment().put("QUIRE_EMULATOR_RACES", "1");
        builder.environment().put("QUIRE_EMULATOR_STREAMS", "lazy");
        builder.environment().put("QUIRE_EMULATOR_REPORT", report.toString());
        Process process = builder.start();
        process.getOutputStream().close();
        boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
        if (!ended) {
            process.destroyForcibly().waitFor();
        }
        String text = Files.readString(output, StandardCharsets.UTF_8);
        String reports = Files.exists(report) ? Files.readString(report) : "";
        boolean passed =
                ended && process.exitValue() == 0 && reports.isEmpty() && !text.contains(" WRONG ");
        return new Outcome(passed, ended ? text + reports : "");
    }

    private static Path fresh(String name) throws IOException {
        Path folder = WORK.resolve(name);
        if (Files.exists(folder)) {
            try (Stream<Path> old = Files.walk(folder)) {
                for (Path path : old.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
        return Files.createDirectories(folder);
    }
}
