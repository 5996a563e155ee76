package quire.weights;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import quire.error.CheckpointException;

/**
 * Reads the header of a safetensors file, after the format section of the safetensors library's
 * README: a 64-bit length, that much JSON, then the tensors without gap or overlap.
 */
final class SafetensorsHeader {

    private static final int LENGTH_BYTES = 8;
    private static final int MAX_DIMENSIONS = 32;

    private final HeaderReader in;
    private final long dataStart;
    private final List<StoredTensor> tensors = new ArrayList<>();
    private final Map<String, Object> metadata = new LinkedHashMap<>();

    private SafetensorsHeader(HeaderReader in, long dataStart) {
        this.in = in;
        this.dataStart = dataStart;
    }

    /**
     * Reads and checks the header that starts at the reader's position.
     *
     * @throws CheckpointException if it breaks the format
     */
    static Header read(HeaderReader in) {
        long length = in.int64("the length of the header");
        if (length < 2 || length > Header.MAX_BYTES - LENGTH_BYTES) {
            throw in.fault(
                    "says that its header has "
                            + Long.toUnsignedString(length)
                            + " bytes, 2 to "
                            + (Header.MAX_BYTES - LENGTH_BYTES)
                            + " are allowed");
        }
        byte[] json = in.bytes((int) length, "the header");
        if (json[0] != '{') {
            throw in.fault("has a header that does not start with '{'");
        }
        SafetensorsHeader header = new SafetensorsHeader(in, LENGTH_BYTES + length);
        Json.read(json, in.file(), header::readTensors);
        header.checkCover();
        return new Header(header.tensors, Collections.unmodifiableMap(header.metadata));
    }

    private void readTensors(JsonParser parser) throws IOException {
        Json.expect(parser, parser.nextToken(), JsonToken.START_OBJECT, "an object of tensors");
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            JsonToken start = parser.nextToken();
            if (!name.equals("__metadata__")) {
                Json.expect(parser, start, JsonToken.START_OBJECT, "the description of a tensor");
                tensors.add(readTensor(parser, name));
            } else if (start != JsonToken.VALUE_NULL) {
                Json.expect(parser, start, JsonToken.START_OBJECT, "__metadata__, an object");
                readMetadata(parser);
            }
        }
    }

    private void readMetadata(JsonParser parser) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName();
            Json.expect(parser, parser.nextToken(), JsonToken.VALUE_STRING, "a string of metadata");
            metadata.put(key, parser.getText());
        }
    }

    private StoredTensor readTensor(JsonParser parser, String name) throws IOException {
        String typeName = "";
        List<Long> shape = null;
        List<Long> offsets = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (field) {
                case "dtype" -> {
                    Json.expect(parser, value, JsonToken.VALUE_STRING, "the name of a dtype");
                    typeName = parser.getText();
                }
                case "shape" -> shape = readNumbers(parser, MAX_DIMENSIONS);
                case "data_offsets" -> offsets = readNumbers(parser, 2);
                default -> parser.skipChildren();
            }
        }
        if (typeName.isEmpty() || shape == null || offsets == null || offsets.size() != 2) {
            throw fault(name, "does not have dtype, shape and two data_offsets");
        }
        return check(name, typeName, shape, offsets.get(0), offsets.get(1));
    }

    private List<Long> readNumbers(JsonParser parser, int most) throws IOException {
        Json.expect(parser, parser.currentToken(), JsonToken.START_ARRAY, "an array of numbers");
        List<Long> numbers = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            Json.expect(
                    parser, parser.currentToken(), JsonToken.VALUE_NUMBER_INT, "a whole number");
            if (numbers.size() == most) {
                throw in.fault("has an array of more than " + most + " numbers in its header");
            }
            numbers.add(parser.getLongValue());
        }
        return numbers;
    }

    private StoredTensor check(
            String name, String typeName, List<Long> shape, long begin, long end) {
        SafetensorsType type =
                SafetensorsType.byName(typeName)
                        .orElseThrow(
                                () ->
                                        fault(
                                                name,
                                                "has the dtype "
                                                        + Names.quote(typeName)
                                                        + ", which the format does not define"));
        long bytes =
                Shapes.bytes(shape, 1, type.bits())
                        .orElseThrow(
                                () ->
                                        fault(
                                                name,
                                                "has the shape "
                                                        + shape
                                                        + ", which is no shape of "
                                                        + type));
        long dataBytes = in.fileBytes() - dataStart;
        if (begin < 0 || end < begin || end - begin != bytes) {
            throw fault(
                    name,
                    "lies at ["
                            + begin
                            + ", "
                            + end
                            + "], shape "
                            + shape
                            + " of "
                            + type
                            + " needs "
                            + bytes
                            + " bytes");
        }
        if (end > dataBytes) {
            throw new CheckpointException(
                    in.file()
                            + " is cut short: tensor "
                            + Names.quote(name)
                            + " ends at "
                            + end
                            + " of the data, the file has "
                            + dataBytes
                            + " bytes of it; download it again.");
        }
        return new StoredTensor(name, typeName, type.dtype(), shape, dataStart + begin, bytes);
    }

    /** The format allows no byte that belongs to two tensors or to none. */
    private void checkCover() {
        tensors.sort(
                Comparator.comparingLong(StoredTensor::offset)
                        .thenComparingLong(StoredTensor::bytes));
        long next = dataStart;
        for (StoredTensor tensor : tensors) {
            if (tensor.offset() != next) {
                throw fault(
                        tensor.name(),
                        "starts at "
                                + (tensor.offset() - dataStart)
                                + " of the data, the one before ends at "
                                + (next - dataStart));
            }
            next = tensor.offset() + tensor.bytes();
        }
        if (next != in.fileBytes()) {
            throw in.fault("has " + (in.fileBytes() - next) + " bytes after its last tensor");
        }
    }

    private CheckpointException fault(String tensor, String what) {
        return in.fault("is not valid: tensor " + Names.quote(tensor) + " " + what);
    }
}
