package quire.gpu;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/** Rows of one stage, written as they come: a stage that dies leaves what it had found. */
final class Report {
    /** Of a row's verdict. */
    static final String OK = "ok";

    static final String WRONG = "wrong";

    /** Of figures that stand for their stage. */
    static final String TELLING = "telling";

    private static final JsonMapper JSON = new JsonMapper();

    private final String stage;
    private final Path file;

    Report(String stage, Path file) {
        this.stage = stage;
        this.file = file;
    }

    /** Where its rows go. */
    Path file() {
        return file;
    }

    /** A figure. */
    void figure(String name, double value, String unit, String note) {
        row(name, number(value), unit, note, "");
    }

    /** A figure that the last table repeats. */
    void telling(String name, double value, String unit, String note) {
        row(name, number(value), unit, note, TELLING);
    }

    /** A fact in words. */
    void fact(String name, String value) {
        row(name, value, "", "", "");
    }

    /** Something that holds or does not. */
    void check(String name, boolean holds, String note) {
        row(name, holds ? "ok" : "WRONG", "", note, holds ? OK : WRONG);
    }

    private void row(String name, String value, String unit, String note, String verdict) {
        System.out.println(line(stage, name, value, unit, note));
        ObjectNode row = JSON.createObjectNode();
        row.put("stage", stage).put("name", name).put("value", value);
        row.put("unit", unit).put("note", note).put("verdict", verdict);
        try {
            Files.writeString(
                    file, row + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A row as the screen shows it. */
    static String line(String stage, String name, String value, String unit, String note) {
        return String.format(
                        Locale.ROOT, "%-12s %-52s %12s %-8s %s", stage, name, value, unit, note)
                .stripTrailing();
    }

    static String number(double value) {
        double size = Math.abs(value);
        String format =
                size >= 1000
                        ? "%.0f"
                        : size >= 10 ? "%.1f" : size >= 0.01 || size == 0 ? "%.3f" : "%.2e";
        return String.format(Locale.ROOT, format, value);
    }
}
