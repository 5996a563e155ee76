package quire.gpu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/** Rows of one stage, written as they come: a stage that dies leaves what it had found. */
final class Report {
    private final String stage;
    private final Path file;

    Report(String stage, Path file) {
        this.stage = stage;
        this.file = file;
    }

    /** A figure. */
    void figure(String name, double value, String unit, String note) {
        row(name, number(value), unit, note, "");
    }

    /** A fact in words. */
    void fact(String name, String value) {
        row(name, value, "", "", "");
    }

    /** Something that holds or does not. */
    void check(String name, boolean holds, String note) {
        row(name, holds ? "ok" : "WRONG", "", note, holds ? "ok" : "wrong");
    }

    /** A stage that did not reach its end. */
    void failed(String why) {
        row("stage", "FAILED", "", why, "failed");
    }

    private void row(String name, String value, String unit, String note, String verdict) {
        System.out.println(line(stage, name, value, unit, note));
        String json =
                "{\"stage\":"
                        + quoted(stage)
                        + ",\"name\":"
                        + quoted(name)
                        + ",\"value\":"
                        + quoted(value)
                        + ",\"unit\":"
                        + quoted(unit)
                        + ",\"note\":"
                        + quoted(note)
                        + ",\"verdict\":"
                        + quoted(verdict)
                        + "}\n";
        try {
            Files.writeString(file, json, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String line(String stage, String name, String value, String unit, String note) {
        return String.format(
                        Locale.ROOT, "%-10s %-52s %12s %-8s %s", stage, name, value, unit, note)
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

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                case '\n' -> out.append("\\n");
                default ->
                        out.append(c < ' ' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
            }
        }
        return out.append('"').toString();
    }
}
