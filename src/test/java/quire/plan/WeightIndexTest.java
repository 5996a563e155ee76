package quire.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.golden.GoldenData;

/** A configuration beside the index of its weights. */
class WeightIndexTest {

    @TempDir Path folder;

    private List<String> remarks(String model, String index) throws IOException {
        Path config = GoldenData.fixtures().resolve("configs").resolve(model + ".json");
        Files.writeString(folder.resolve("config.json"), Files.readString(config));
        Files.writeString(folder.resolve("model.safetensors.index.json"), index);
        return PlannedModel.read(folder).remarks();
    }

    private static String total(String bytes) {
        return "{\"metadata\": {\"total_size\": " + bytes + "}, \"weight_map\": {}}";
    }

    @Test
    void whatIsDescribedIsWhatThereIs() throws IOException {
        assertEquals(List.of(), remarks("Qwen2.5-7B-Instruct", total("15231233024")));
        // As the files of DeepSeek-R1 add up, with the layer that guesses ahead.
        List<String> r1 = remarks("DeepSeek-R1", total("688586727753"));
        assertEquals(
                "its weights are 641.3 GiB by their index, of which config.json describes 626.9 GiB",
                r1.getFirst());
        assertTrue(r1.getLast().startsWith("layers that guess tokens ahead"), r1::toString);
    }

    @Test
    void anIndexThatSaysNothingIsNotAsked() throws IOException {
        assertEquals(List.of(), remarks("Qwen3-0.6B", "{\"weight_map\": {}}"));
        assertEquals(List.of(), remarks("Qwen3-0.6B", "{\"metadata\": {}}"));
        for (String index :
                List.of("{", total("-1"), total("\"much\""), "[]", "{\"metadata\": 3}")) {
            String remark = remarks("Qwen3-0.6B", index).getFirst();
            assertTrue(remark.startsWith("the index of its weights is not used: "), remark);
        }
    }
}
