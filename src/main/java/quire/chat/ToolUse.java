package quire.chat;

import java.util.List;
import java.util.Optional;
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

        /**
         * There is nothing but calls.
         *
         * @param format in which they are written; a JSON list of calls where it is not known
         */
        record Required(Optional<ToolCallFormat> format) implements Way {}

        /**
         * There is one call of one tool.
         *
         * @param format in which it is written; the JSON object of its arguments where it is not
         *     known
         */
        record Named(String tool, Optional<ToolCallFormat> format) implements Way {}
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
            case Way.Required(Optional<ToolCallFormat> format) -> markers(format);
            case Way.Named(String tool, Optional<ToolCallFormat> format) -> markers(format);
        };
    }

    private static List<String> markers(Optional<ToolCallFormat> format) {
        return format.map(ToolCallFormat::markers).orElse(List.of());
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
            case Way.Required(Optional<ToolCallFormat> format) ->
                    format.map(own -> own.parser(tools, calls))
                            .orElseGet(() -> ToolCallParser.ofList(calls));
            case Way.Named(String tool, Optional<ToolCallFormat> format) ->
                    format.map(own -> own.parser(tools, calls))
                            .orElseGet(() -> ToolCallParser.ofArguments(tool, calls));
        };
    }

    /** Whether an answer that ended by itself has ended in order to call; a named call has not. */
    boolean endsByCalling() {
        return !(way instanceof Way.Named);
    }
}
