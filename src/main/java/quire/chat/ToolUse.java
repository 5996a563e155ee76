package quire.chat;

import java.util.List;
import java.util.UUID;
import quire.toolcall.ToolCallFormat;
import quire.toolcall.ToolCallListener;
import quire.toolcall.ToolCallParser;
import quire.toolcall.ToolSchemas;

/**
 * How the calls in an answer are read.
 *
 * @param way what calls there may be
 * @param tools what may be called
 * @param parallel whether there may be several; else the first one counts
 * @param shortIds whether names of calls are nine letters and digits, as Mistral's templates want
 */
public record ToolUse(Way way, ToolSchemas tools, boolean parallel, boolean shortIds) {

    private static final int ID_CHARS = 24;
    private static final int SHORT_ID_CHARS = 9;

    /** What calls there may be, and how they are written. */
    public sealed interface Way {

        /** The model calls or not, in its own format. */
        record Free(ToolCallFormat format) implements Way {}

        /** What it calls all the same is text, without the format's markers. */
        record Forbidden(ToolCallFormat format) implements Way {}

        /** The answer is a JSON list of calls. */
        record Required() implements Way {}

        /** The answer is the JSON object of the arguments of one tool. */
        record Named(String tool) implements Way {}
    }

    /** A new name for a call, by which the client's answer refers to it. */
    String newId() {
        String random = UUID.randomUUID().toString().replace("-", "");
        return shortIds
                ? random.substring(0, SHORT_ID_CHARS)
                : "call_" + random.substring(0, ID_CHARS);
    }

    /** Markers around calls, which may be special tokens of the model. */
    List<String> markers() {
        return switch (way) {
            case Way.Free(ToolCallFormat format) -> format.markers();
            case Way.Forbidden(ToolCallFormat format) -> format.markers();
            case Way.Required required -> List.of();
            case Way.Named named -> List.of();
        };
    }

    /**
     * A new parser for one choice.
     *
     * @param calls hears of calls that are the client's
     * @param text hears of those that are text
     */
    ToolCallParser parser(ToolCallListener calls, ToolCallListener text) {
        return switch (way) {
            case Way.Free(ToolCallFormat format) -> format.parser(tools, calls);
            case Way.Forbidden(ToolCallFormat format) -> format.parser(tools, text);
            case Way.Required required -> ToolCallParser.ofList(calls);
            case Way.Named(String tool) -> ToolCallParser.ofArguments(tool, calls);
        };
    }

    /** Whether an answer that ended by itself has ended in order to call; a named call has not. */
    boolean endsByCalling() {
        return !(way instanceof Way.Named);
    }
}
