package quire.grammar.tag;

import java.util.List;

/**
 * How calls are written: {@code open head NAME middle ARGUMENTS tail separator head NAME … close}.
 * What is a special token of the model stands here as it is called. A space stands for any white
 * space, or none; everything else for itself.
 *
 * @param marks what begins calls wherever it stands in other text
 * @param onLines whether a call is also what only begins a line, without a mark; nothing follows
 *     such calls
 * @param open what stands in front of the first call
 * @param separator between two calls
 * @param close what stands behind the last one
 * @param arguments how a call's arguments are written
 */
public record CallForm(
        List<String> marks,
        boolean onLines,
        String open,
        String head,
        String middle,
        String tail,
        String separator,
        String close,
        Arguments arguments) {

    public CallForm {
        marks = List.copyOf(marks);
    }

    /** For models whose own form is not known: a JSON array of names and parameters. */
    public static final CallForm JSON_ARRAY =
            new CallForm(
                    List.of(),
                    false,
                    "[ ",
                    "{ \"name\" : \"",
                    "\" , \"parameters\" : ",
                    " }",
                    " , ",
                    " ]",
                    Arguments.JSON);

    /** How the arguments of a call are written. */
    public enum Arguments {
        /** One JSON object. */
        JSON,
        /**
         * Each argument by itself, {@code <parameter=NAME>}, a line with its value, {@code
         * </parameter>}: strings as they are, everything else as JSON.
         */
        XML,
        /** Each argument by itself, {@code NAME=VALUE}, with commas between them. */
        PYTHON
    }
}
