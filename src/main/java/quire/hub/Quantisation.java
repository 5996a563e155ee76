package quire.hub;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How GGUF files are named by what they hold: {@code Model-Q4_K_M.gguf}. */
final class Quantisation {

    private static final Pattern PART = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})");
    private static final Pattern TYPE =
            Pattern.compile(
                    "(?:^|[-._/])((?:UD-)?(?:I?Q|TQ)[1-8](?:_[A-Z0-9]+)*|BF16|F16|F32|FP16|FP32"
                            + "|MXFP4(?:_MOE)?)(?=$|[-._/])",
                    Pattern.CASE_INSENSITIVE);

    /** Nearest to Q4_K_M first: like sizes, then better ones, then smaller ones. */
    private static final List<String> NEAREST =
            List.of(
                    "Q4_K_M",
                    "Q4_K_L",
                    "UD-Q4_K_XL",
                    "Q4_K_XL",
                    "Q4_K_S",
                    "Q4_K",
                    "Q4_1",
                    "Q4_0",
                    "IQ4_NL",
                    "IQ4_XS",
                    "MXFP4",
                    "MXFP4_MOE",
                    "Q5_K_S",
                    "Q5_K_M",
                    "UD-Q5_K_XL",
                    "Q5_K_L",
                    "Q5_K",
                    "Q5_0",
                    "Q5_1",
                    "Q6_K",
                    "UD-Q6_K_XL",
                    "Q6_K_L",
                    "Q8_0",
                    "UD-Q8_K_XL",
                    "Q3_K_L",
                    "Q3_K_M",
                    "UD-Q3_K_XL",
                    "Q3_K_S",
                    "IQ3_M",
                    "IQ3_S",
                    "BF16",
                    "F16",
                    "FP16",
                    "F32",
                    "FP32");

    private Quantisation() {}

    /** The type in a file's path, in upper case; the last where several stand there. */
    static Optional<String> of(String path) {
        Matcher type = TYPE.matcher(whole(path));
        Optional<String> last = Optional.empty();
        for (int from = 0; type.find(from); from = type.end(1)) {
            last = Optional.of(type.group(1).toUpperCase(Locale.ROOT));
        }
        return last;
    }

    /** The path without its ending and its number where it is one part of several. */
    static String whole(String path) {
        String stem = path.substring(0, path.length() - ".gguf".length());
        Matcher part = PART.matcher(stem);
        return part.matches() ? part.group(1) : stem;
    }

    /** Of how many parts the file is one; 1 where it stands alone. */
    static int numParts(String path) {
        Matcher part = PART.matcher(path.substring(0, path.length() - ".gguf".length()));
        return part.matches() ? Integer.parseInt(part.group(3)) : 1;
    }

    /** How far from Q4_K_M; what is not in the list is farthest. */
    static int distance(String type) {
        int place = NEAREST.indexOf(type);
        return place < 0 ? NEAREST.size() : place;
    }
}
