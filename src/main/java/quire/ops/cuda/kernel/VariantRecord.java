package quire.ops.cuda.kernel;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What is known of the variants on one card: the fastest of each trial, those that are not to be
 * used and why, and those being tried and by whom. As text it is a header and lines of fields
 * between tabs; a line that cannot be read is left out.
 */
final class VariantRecord {

    private static final String TITLE = "quire kernel variants, 1";
    private static final int HASH_DIGITS = 16;
    private static final int MOST_LINES = 1000;

    private final Map<String, String> fastest = new LinkedHashMap<>();
    private final Map<String, String> dropped = new LinkedHashMap<>();
    private final List<Trying> tried = new ArrayList<>();

    /** All that was ever {@linkplain #trying tried} here. */
    private final Set<Trying> over = new HashSet<>();

    /**
     * A variant that a process is about to run.
     *
     * @param process its number
     * @param startMillis when that began, as numbers come again
     */
    record Trying(String variant, String trial, long process, long startMillis) {

        static Trying byThisProcess(String variant, String trial) {
            ProcessHandle process = ProcessHandle.current();
            return new Trying(variant, trial, process.pid(), startMillis(process));
        }

        private static long startMillis(ProcessHandle process) {
            return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
        }

        /** Whether another process is at it. */
        private boolean isUnderWay() {
            return !isByThisProcess()
                    && ProcessHandle.of(process)
                            .filter(ProcessHandle::isAlive)
                            .filter(other -> startMillis(other) == startMillis)
                            .isPresent();
        }

        private boolean isByThisProcess() {
            ProcessHandle own = ProcessHandle.current();
            return process == own.pid() && startMillis == startMillis(own);
        }
    }

    Optional<String> fastest(String trial) {
        return Optional.ofNullable(fastest.get(trial));
    }

    Optional<String> dropped(String variant) {
        return Optional.ofNullable(dropped.get(variant));
    }

    /**
     * The trial in which a variant took its process along.
     *
     * @param newer what was tried since, and survived
     */
    Optional<String> killer(String variant, VariantRecord newer) {
        return tried.stream()
                .filter(one -> one.variant.equals(variant) && !newer.over.contains(one))
                .filter(one -> !one.isUnderWay())
                .map(Trying::trial)
                .findFirst();
    }

    void keep(String trial, String variant) {
        fastest.put(trial, variant);
    }

    /** From now on it is no trial's fastest either. */
    void drop(String variant, String why) {
        dropped.put(variant, why);
        fastest.values().removeIf(variant::equals);
    }

    /** What is about to be run here, at most one, which takes back the one before. */
    void trying(Optional<Trying> now) {
        tried.clear();
        now.ifPresent(tried::add);
        now.ifPresent(over::add);
    }

    /** This with what was found since, less what was tried since and survived. */
    VariantRecord with(VariantRecord newer) {
        VariantRecord all = new VariantRecord();
        all.fastest.putAll(fastest);
        all.fastest.putAll(newer.fastest);
        all.dropped.putAll(dropped);
        newer.dropped.forEach(all::drop);
        tried.stream().filter(one -> !newer.over.contains(one)).forEach(all.tried::add);
        all.tried.addAll(newer.tried);
        return all;
    }

    /** The text, the most important last to go where there is too much. */
    List<String> lines(List<String> header) {
        List<String> lines = new ArrayList<>();
        lines.add(TITLE);
        header.forEach(line -> lines.add(line("about", line)));
        for (Trying one : tried) {
            lines.add(
                    line(
                            "trying",
                            one.variant,
                            one.trial,
                            Long.toString(one.process),
                            Long.toString(one.startMillis)));
        }
        dropped.forEach((variant, why) -> lines.add(line("dropped", variant, why)));
        fastest.forEach((trial, variant) -> lines.add(line("fastest", trial, variant)));
        return lines.subList(0, Math.min(lines.size(), MOST_LINES));
    }

    private static String line(String... fields) {
        for (int i = 0; i < fields.length; i++) {
            fields[i] = fields[i].replaceAll("\\p{Cntrl}", " ");
        }
        return String.join("\t", fields);
    }

    /** What lines say, if they are about that. */
    static VariantRecord parse(List<String> lines, List<String> header) {
        VariantRecord record = new VariantRecord();
        List<String> begin = record.lines(header);
        if (lines.size() < begin.size() || !lines.subList(0, begin.size()).equals(begin)) {
            return record;
        }
        for (String line : lines.subList(begin.size(), Math.min(lines.size(), MOST_LINES))) {
            record.take(line.split("\t", -1));
        }
        return record;
    }

    private void take(String[] fields) {
        switch (fields.length == 0 ? "" : fields[0] + " " + fields.length) {
            case "fastest 3" -> keep(fields[1], fields[2]);
            case "dropped 3" -> dropped.put(fields[1], fields[2]);
            case "trying 5" -> {
                try {
                    long process = Long.parseLong(fields[3]);
                    tried.add(new Trying(fields[1], fields[2], process, Long.parseLong(fields[4])));
                } catch (NumberFormatException damaged) {
                    // By nobody: whoever it was, it did not end.
                    tried.add(new Trying(fields[1], fields[2], -1, 0));
                }
            }
            default -> {
                // Damaged, or of a later version: found anew.
            }
        }
    }

    /** A name for files about something. */
    static String hash(List<String> about) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(String.join("\n", about).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, HASH_DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
