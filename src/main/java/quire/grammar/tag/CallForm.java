package quire.grammar.tag;

/**
 * How calls are written: {@code open head NAME middle ARGUMENTS tail separator head NAME … close}.
 * What is a special token of the model stands here as it is called. A space stands for any white
 * space, or none; everything else for itself.
 *
 * @param open what begins a group of calls; not empty where calls stand in other text
 * @param separator between two calls of one group
 * @param arguments how a call's arguments are written
 */
public record CallForm(
        String open,
        String head,
        String middle,
        String tail,
        String separator,
        String close,
        Arguments arguments) {

    /** The answer that is asked for by a tool choice: a JSON array of names and parameters. */
    public static final CallForm JSON_ARRAY =
            new CallForm(
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
        XML
    }
}
