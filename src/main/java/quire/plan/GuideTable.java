package quire.plan;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import quire.model.Fields;

/** DeepSeek-R1 and what was distilled from it: what their weights alone take. */
public final class GuideTable {

    private static final String MODELS = "guide-models.json";

    /**
     * A model of the table.
     *
     * @param weights by the format's name, bytes of files of that format
     */
    public record Row(String name, long numParameters, Map<String, Long> weights) {}

    private GuideTable() {}

    /** The rows, smallest model first. */
    public static List<Row> rows() {
        return models().properties().stream()
                .map(
                        entry -> {
                            Fields config = new Fields((ObjectNode) entry.getValue(), MODELS);
                            ModelShape shape = ShapeReader.read(config);
                            return new Row(
                                    entry.getKey(),
                                    shape.numParameters(),
                                    WeightFormat.files(shape));
                        })
                .toList();
    }

    /** Of published configurations the keys that say sizes. */
    private static ObjectNode models() {
        try (InputStream in = GuideTable.class.getResourceAsStream(MODELS)) {
            return (ObjectNode) new JsonMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
