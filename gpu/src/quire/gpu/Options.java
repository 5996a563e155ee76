package quire.gpu;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What the one who runs the kit asks for.
 *
 * @param out folder of the results
 * @param minutes that the whole may take
 * @param stageSeconds most that a stage may take, in place of each one's own
 * @param tiny a rehearsal on an emulated driver, where only smallness counts
 * @param kernels folder whose files {@code cuda/…} stand for those of the kit
 * @param stages those to run
 */
record Options(
        Path out,
        double minutes,
        OptionalInt stageSeconds,
        boolean tiny,
        Optional<Path> kernels,
        Set<Stage> stages) {

    private static final int MAX_MINUTES = 24 * 60;

    static final String KNOWN =
            "--minutes N, --out DIR, --stage-seconds N, --kernels DIR, --tiny and names of stages: "
                    + Stage.labels();

    /** A sentence for whoever typed them. */
    static final class Refused extends Exception {
        Refused(String sentence) {
            super(sentence);
        }
    }

    /**
     * @throws Refused if there is something that the kit does not know or cannot do
     */
    static Options of(String[] args) throws Refused {
        Path out = Path.of("quire-gpu-results");
        double minutes = 5;
        OptionalInt stageSeconds = OptionalInt.empty();
        boolean tiny = false;
        Optional<Path> kernels = Optional.empty();
        List<Stage> stages = new ArrayList<>();
        Iterator<String> words = List.of(args).iterator();
        while (words.hasNext()) {
            String word = words.next();
            switch (word) {
                case "--out" -> out = Path.of(value(word, words));
                case "--minutes" -> minutes = number(word, value(word, words), MAX_MINUTES);
                case "--stage-seconds" ->
                        stageSeconds =
                                OptionalInt.of(
                                        (int) number(word, value(word, words), MAX_MINUTES * 60));
                case "--tiny" -> tiny = true;
                case "--kernels" -> kernels = Optional.of(kernels(value(word, words)));
                default ->
                        stages.add(
                                Stage.of(word)
                                        .orElseThrow(
                                                () ->
                                                        new Refused(
                                                                "'"
                                                                        + word
                                                                        + "' is none of "
                                                                        + KNOWN
                                                                        + ".")));
            }
        }
        Set<Stage> wanted = stages.isEmpty() ? EnumSet.allOf(Stage.class) : EnumSet.copyOf(stages);
        return new Options(out, minutes, stageSeconds, tiny, kernels, wanted);
    }

    private static String value(String option, Iterator<String> words) throws Refused {
        if (!words.hasNext()) {
            throw new Refused(option + " needs a value.");
        }
        return words.next();
    }

    private static double number(String option, String text, int most) throws Refused {
        try {
            double number = Double.parseDouble(text);
            if (number > 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // The sentence below is for this as for a number out of range.
        }
        throw new Refused(
                option + " is '" + text + "'; it must be above 0 and at most " + most + ".");
    }

    private static Path kernels(String text) throws Refused {
        Path folder = Path.of(text).toAbsolutePath();
        if (!Files.isDirectory(folder.resolve("cuda"))) {
            throw new Refused("--kernels is '" + text + "', where there is no folder cuda.");
        }
        return folder;
    }
}
