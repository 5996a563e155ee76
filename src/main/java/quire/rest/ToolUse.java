package quire.rest;

import java.util.UUID;
import quire.toolcall.ToolCallFormat;
import quire.toolcall.ToolSchemas;

/**
 * How the calls in an answer are read.
 *
 * @param format how the model writes them
 * @param tools what may be called
 * @param allowed whether they are calls for the client; else they are told as text, without the
 *     format's markers
 * @param parallel whether there may be several; else the first one counts
 */
record ToolUse(ToolCallFormat format, ToolSchemas tools, boolean allowed, boolean parallel) {

    private static final int ID_CHARS = 24;

    /** Mistral's templates refuse ids that are not nine letters and digits. */
    private static final int MISTRAL_ID_CHARS = 9;

    /** A new name for a call, by which the client's answer refers to it. */
    String newId() {
        String random = UUID.randomUUID().toString().replace("-", "");
        return format == ToolCallFormat.MISTRAL
                ? random.substring(0, MISTRAL_ID_CHARS)
                : "call_" + random.substring(0, ID_CHARS);
    }
}
