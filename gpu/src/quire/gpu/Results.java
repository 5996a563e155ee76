package quire.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What came of the stages: {@code results.json}, written anew after each, and the last table. Rows
 * come from {@code results.jsonl}, where stages leave them.
 */
final class Results {
    /** Why a stage that was never begun did not come to its end. */
    static final String NO_TIME = "no time was left for it";

    /** Checks that failed, of which a stage shows so many in the last table. */
    private static final int MOST_WRONG = 8;

    private static final JsonMapper JSON = new JsonMapper();

    /** How a stage went. */
    private enum Verdict {
        OK,
        WRONG,
        FAILED
    }

    /**
     * A stage that is over.
     *
     * @param why it did not come to its end, or nothing
     */
    private record Outcome(Stage stage, String why, double seconds, List<JsonNode> rows) {
        Verdict verdict() {
            return !why.isEmpty()
                    ? Verdict.FAILED
                    : count(Report.WRONG) > 0 ? Verdict.WRONG : Verdict.OK;
        }

        long count(String verdict) {
            return having(verdict).size();
        }

        List<JsonNode> having(String verdict) {
            return rows.stream().filter(row -> text(row, "verdict").equals(verdict)).toList();
        }
    }

    private final Path folder;
    private final Instant begun = Instant.now();
    private final List<Outcome> outcomes = new ArrayList<>();

    /** Forgets what another run left in the folder. */
    Results(Path folder) throws IOException {
        this.folder = folder;
        Files.deleteIfExists(rows());
        Files.deleteIfExists(whole());
    }

    /** Where stages leave their rows. */
    Path rows() {
        return folder.resolve("results.jsonl");
    }

    private Path whole() {
        return folder.resolve("results.json");
    }

    /** Takes down how a stage went, with the rows that it left. */
    synchronized void add(Stage stage, String why, double seconds) throws IOException {
        outcomes.add(new Outcome(stage, why, seconds, rowsOf(stage)));
        String note = why.isEmpty() ? "" : "FAILED: " + why;
        System.out.println(Report.line(stage.label(), "took", Report.number(seconds), "s", note));
        write();
    }

    private List<JsonNode> rowsOf(Stage stage) throws IOException {
        List<JsonNode> rows = new ArrayList<>();
        if (Files.exists(rows())) {
            for (String line : Files.readAllLines(rows())) {
                JsonNode row = JSON.readTree(line);
                if (text(row, "stage").equals(stage.label())) {
                    rows.add(row);
                }
            }
        }
        return rows;
    }

    private static String text(JsonNode row, String field) {
        return row.path(field).asText();
    }

    boolean isWhole() {
        return outcomes.stream().allMatch(one -> one.verdict() == Verdict.OK);
    }

    private double seconds() {
        return outcomes.stream().mapToDouble(Outcome::seconds).sum();
    }

    private void write() throws IOException {
        ObjectNode all = JSON.createObjectNode();
        all.put("begun", begun.toString()).put("seconds", seconds());
        ArrayNode stages = all.putArray("stages");
        for (Outcome one : outcomes) {
            ObjectNode stage = stages.addObject();
            stage.put("stage", one.stage.label());
            stage.put("verdict", one.verdict().name().toLowerCase(Locale.ROOT));
            stage.put("why", one.why).put("seconds", one.seconds);
            stage.put("checksOk", one.count(Report.OK)).put("checksWrong", one.count(Report.WRONG));
            stage.putArray("rows").addAll(one.rows);
        }
        JSON.writerWithDefaultPrettyPrinter().writeValue(whole().toFile(), all);
    }

    /** The last table: a line a stage, what is wrong in it, and the figures that stand for it. */
    synchronized void print() {
        System.out.printf("%n%-12s %-7s %8s %13s%n", "stage", "verdict", "seconds", "checks right");
        for (Outcome one : outcomes) {
            long right = one.count(Report.OK);
            long checks = right + one.count(Report.WRONG);
            String of = checks == 0 ? "" : right + " of " + checks;
            String line =
                    String.format(
                            Locale.ROOT,
                            "%-12s %-7s %8.1f %13s  %s",
                            one.stage.label(),
                            one.verdict(),
                            one.seconds,
                            of,
                            one.why);
            System.out.println(line.stripTrailing());
            List<JsonNode> wrong = one.having(Report.WRONG);
            wrong.stream().limit(MOST_WRONG).forEach(Results::print);
            if (wrong.size() > MOST_WRONG) {
                System.out.printf("%13s… and %d more%n", "", wrong.size() - MOST_WRONG);
            }
            one.having(Report.TELLING).forEach(Results::print);
        }
        List<String> beside = BesidePeers.lines(all());
        if (!beside.isEmpty()) {
            System.out.printf("%nbeside PyTorch on this card, in this run%n");
            beside.forEach(System.out::println);
        }
        System.out.printf(Locale.ROOT, "%n%.0f s; the rows are in %s%n", seconds(), whole());
    }

    private List<JsonNode> all() {
        return outcomes.stream().flatMap(one -> one.rows.stream()).toList();
    }

    private static void print(JsonNode row) {
        System.out.println(
                Report.line(
                        "",
                        text(row, "name"),
                        text(row, "value"),
                        text(row, "unit"),
                        text(row, "note")));
    }
}
