package quire.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import quire.error.CheckpointException;

/** Strict JSON out of files that are not trusted: valid UTF-8, no key twice, little nesting. */
final class Json {

    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    // Names out of a file would stay in a table of the process, and could be made
                    // to collide.
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(32)
                                    .maxNumberLength(32)
                                    .build())
                    .build();

    private Json() {}

    /** Reads one value from the start of a parser. */
    interface Reader {
        void read(JsonParser parser) throws IOException;
    }

    /**
     * Runs the reader over one JSON value that must be the whole text.
     *
     * @throws CheckpointException if the text is not that
     */
    static void read(byte[] utf8, String file, Reader reader) {
        try (JsonParser parser = FACTORY.createParser(decode(utf8, file))) {
            reader.read(parser);
            if (parser.nextToken() != null) {
                throw new CheckpointException(
                        file + ": text follows the end of the JSON; the file is damaged.");
            }
        } catch (JsonProcessingException e) {
            // Where a limit of the parser is passed, the exception knows no place.
            JsonLocation place = e.getLocation();
            String where =
                    place == null
                            ? ""
                            : " at line " + place.getLineNr() + ", column " + place.getColumnNr();
            throw new CheckpointException(
                    file
                            + " has JSON that cannot be read"
                            + where
                            + ": "
                            + Names.quote(String.valueOf(e.getOriginalMessage()))
                            + "; the file is damaged.",
                    e);
        } catch (IOException e) {
            throw Faults.unreadable(file, e);
        }
    }

    /** Throws where the token is another than the wanted one. */
    static void expect(JsonParser parser, JsonToken found, JsonToken wanted, String what)
            throws JsonProcessingException {
        if (found != wanted) {
            throw new JsonParseException(parser, what + " is needed, not " + found);
        }
    }

    private static String decode(byte[] utf8, String file) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
        } catch (CharacterCodingException e) {
            throw new CheckpointException(
                    file + ": the JSON is not valid UTF-8; the file is damaged.", e);
        }
    }
}
