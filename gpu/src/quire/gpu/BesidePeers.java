package quire.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The best of ours beside what PyTorch reached on the same shape in the same run. */
final class BesidePeers {

    /**
     * Rows of ours that a row of theirs is held against.
     *
     * @param theirs whole name of their row, with what tells shapes apart in groups
     * @param stage of ours
     * @param ours what names of our rows hold, with the groups of theirs
     */
    private record Pair(Pattern theirs, Stage stage, String ours) {
        Pair(String theirs, Stage stage, String ours) {
            this(Pattern.compile(theirs), stage, ours);
        }
    }

    private static final List<Pair> PAIRS =
            List.of(
                    new Pair("step, (\\d+ sequences of \\d+)", Stage.ENGINE, "decode, $1,"),
                    new Pair("step, (\\d+ sequences of \\d+)", Stage.STEP, "^$1"),
                    new Pair(
                            "transformers generate, (\\d+ x \\d+)",
                            Stage.ENGINE,
                            "tokens a second, $1"),
                    new Pair("transformers prefill, (1 x \\d+)", Stage.ENGINE, "prompt, $1"),
                    new Pair("linear, (.+), (\\d+ rows)", Stage.KERNELS, "linear, $1, $2"),
                    new Pair("linear, (.+), (\\d+ rows)", Stage.LINEAR, ", $1, $2"),
                    new Pair("linear, (.+), (\\d+ rows)", Stage.GEMM, "$1, $2"),
                    new Pair(
                            "attention, contiguous cache, (\\d+ x \\d+)",
                            Stage.KERNELS,
                            "attention, $1"),
                    new Pair(
                            "attention, contiguous cache, (\\d+ x \\d+)",
                            Stage.ATTENTION,
                            "Qwen2.5-7B, $1,"),
                    new Pair("(attention, causal prefill of \\d+)", Stage.KERNELS, "$1"));

    private BesidePeers() {}

    /** A line for each row of theirs that one of ours is like. */
    static List<String> lines(List<JsonNode> rows) {
        List<String> lines = new ArrayList<>();
        for (JsonNode row : rows) {
            if (!text(row, "stage").equals(Stage.PEERS.label())) {
                continue;
            }
            for (Pair pair : PAIRS) {
                Matcher name = pair.theirs.matcher(text(row, "name"));
                if (name.matches()) {
                    best(rows, row, pair.stage, name.replaceFirst(pair.ours))
                            .ifPresent(ours -> lines.add(line(row, ours)));
                }
            }
        }
        return lines;
    }

    private static Optional<JsonNode> best(
            List<JsonNode> rows, JsonNode theirs, Stage stage, String name) {
        Pattern pattern = Pattern.compile(name);
        Comparator<JsonNode> faster = Comparator.comparingDouble(row -> rate(row));
        return rows.stream()
                .filter(row -> text(row, "stage").equals(stage.label()))
                .filter(row -> text(row, "unit").equals(text(theirs, "unit")))
                .filter(row -> pattern.matcher(text(row, "name")).find())
                .max(faster);
    }

    /** Greater for what is faster. */
    private static double rate(JsonNode row) {
        double value = Double.parseDouble(text(row, "value"));
        return text(row, "unit").matches("ms|µs|s") ? 1 / value : value;
    }

    private static String line(JsonNode theirs, JsonNode ours) {
        return String.format(
                        Locale.ROOT,
                        "%-52s %6.2f times as fast: %s %s against %s (%s, %s)",
                        text(theirs, "name"),
                        rate(ours) / rate(theirs),
                        text(ours, "value"),
                        text(ours, "unit"),
                        text(theirs, "value"),
                        text(ours, "stage"),
                        text(ours, "name"))
                .stripTrailing();
    }

    private static String text(JsonNode row, String field) {
        return row.path(field).asText();
    }
}
