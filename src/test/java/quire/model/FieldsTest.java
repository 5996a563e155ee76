package quire.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.error.CheckpointException;

class FieldsTest {

    private static Fields fields(String json) throws JsonProcessingException {
        return new Fields(Fields.object(json), "config.json");
    }

    @Test
    void equalValuesForEachLayerAreOne() throws JsonProcessingException {
        Fields fields = fields("{\"num_key_value_heads\": [2, 2, 2], \"head_dim\": [64]}");
        assertEquals(2, fields.positiveInt("num_key_value_heads").getAsInt());
        assertEquals(64, fields.positiveInt("head_dim").getAsInt());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    num_key_value_heads | [2,1,2]
                    num_attention_heads | []
                    intermediate_size   | [[8],[8]]
                    head_dim            | ["8"]
                    hidden_size         | [64,64]
                    """)
    void othersAreNamed(String key, String value) throws JsonProcessingException {
        Fields fields = fields("{\"" + key + "\": " + value + "}");
        String message =
                assertThrows(CheckpointException.class, () -> fields.positiveInt(key)).getMessage();
        assertTrue(
                message.startsWith("config.json: '" + key + "' is " + value + ", a whole number"),
                message);
    }
}
