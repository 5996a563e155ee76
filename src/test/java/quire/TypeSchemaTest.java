package quire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Schemas of types, and what is read by them. */
class TypeSchemaTest {

    enum Sky {
        CLEAR,
        @JsonProperty("partly cloudy")
        PARTLY_CLOUDY
    }

    @JsonClassDescription("How it is outside.")
    record Weather(
            @JsonPropertyDescription("The name of the city.") String city,
            double degrees,
            Sky sky,
            Optional<Integer> humidity,
            @Nullable String note) {}

    record Tree(String name, List<Tree> children) {}

    record Node(Optional<Node> left, Leaf leaf, Leaf other) {}

    record Leaf(byte size) {}

    record Page<T>(List<T> items, OptionalInt next) {}

    record Pages(Page<Leaf> leaves, Page<String> words) {}

    record All(
            boolean yes,
            Boolean no,
            short small,
            int whole,
            long large,
            BigInteger huge,
            float real,
            BigDecimal exact,
            char letter,
            UUID id,
            URI link,
            LocalDate day,
            LocalTime time,
            LocalDateTime moment,
            OffsetDateTime offset,
            Instant instant,
            Duration span,
            int[] numbers,
            Set<String> words,
            Map<String, Leaf> leaves,
            Map<Sky, Integer> counts,
            Object anything) {}

    /** Jackson's old way. */
    static final class Bean {

        private String name = "";
        private @Nullable Integer age;

        public String getName() {
            return name;
        }

        public void setName(String name) {
            this.name = name;
        }

        @Nullable
        public Integer getAge() {
            return age;
        }

        public void setAge(@Nullable Integer age) {
            this.age = age;
        }

        @JsonIgnore
        public String getTitle() {
            return "Ms " + name;
        }
    }

    @Test
    void recordIsAnObjectWithItsComponentsInTheirOrder() {
        assertEquals(
                "{\"description\":\"How it is"
                        + " outside.\",\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\",\"description\":\"The"
                        + " name of the city.\"},"
                        + "\"degrees\":{\"type\":\"number\"},\"sky\":{\"type\":\"string\",\"enum\":[\"CLEAR\",\"partly"
                        + " cloudy\"]},"
                        + "\"humidity\":{\"type\":\"integer\",\"minimum\":-2147483648,\"maximum\":2147483647},"
                        + "\"note\":{\"type\":\"string\"}},\"required\":[\"city\",\"degrees\",\"sky\"],"
                        + "\"additionalProperties\":false}",
                TypeSchema.of(Weather.class));
    }

    @Test
    void typesContainThemselvesAndAreDefinedOnce() {
        assertEquals(
                "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},\"children\":"
                        + "{\"type\":\"array\",\"items\":{\"$ref\":\"#\"}}},\"required\":[\"name\","
                        + "\"children\"],\"additionalProperties\":false}",
                TypeSchema.of(Tree.class));
        assertEquals(
                "{\"type\":\"object\",\"properties\":{\"left\":{\"$ref\":\"#\"},\"leaf\":{\"$ref\":"
                        + "\"#/$defs/Leaf\"},\"other\":{\"$ref\":\"#/$defs/Leaf\"}},\"required\":"
                        + "[\"leaf\",\"other\"],\"additionalProperties\":false,\"$defs\":{\"Leaf\":"
                        + "{\"type\":\"object\",\"properties\":{\"size\":{\"type\":\"integer\","
                        + "\"minimum\":-128,\"maximum\":127}},\"required\":[\"size\"],"
                        + "\"additionalProperties\":false}}}",
                TypeSchema.of(Node.class));
    }

    @Test
    void genericTypesAreThoseThatTheyStandFor() {
        String schema = TypeSchema.of(Pages.class);
        assertTrue(schema.contains("\"leaves\":{\"$ref\":\"#/$defs/Page\"}"), schema);
        assertTrue(schema.contains("\"words\":{\"$ref\":\"#/$defs/Page2\"}"), schema);
        assertTrue(schema.contains("\"items\":{\"type\":\"string\"}"), schema);
        assertTrue(schema.contains("\"items\":{\"$ref\":\"#/$defs/Leaf\"}"), schema);
        Pages pages =
                JsonTypes.read(
                        "{\"leaves\": {\"items\": [{\"size\": 1}], \"next\": 2}, \"words\":"
                                + " {\"items\": [\"a\"]}}",
                        Pages.class,
                        "it");
        assertEquals(new Leaf((byte) 1), pages.leaves().items().getFirst());
        assertEquals(OptionalInt.empty(), pages.words().next());
    }

    @Test
    void everyTypeIsReadAsItIsWritten() {
        String schema = TypeSchema.of(All.class);
        assertTrue(schema.contains("\"link\":{\"type\":\"string\",\"format\":\"uri\"}"), schema);
        assertTrue(schema.contains("\"day\":{\"type\":\"string\",\"format\":\"date\"}"), schema);
        assertTrue(
                schema.contains("\"instant\":{\"type\":\"string\",\"format\":\"date-time\"}"),
                schema);
        assertTrue(schema.contains("\"anything\":{}"), schema);
        assertTrue(
                schema.contains("\"counts\":{\"type\":\"object\",\"properties\":{\"CLEAR\":"),
                schema);
        All all =
                JsonTypes.read(
                        """
                        {"yes": true, "no": false, "small": -1, "whole": 2, "large": 9007199254740993,
                         "huge": 123456789012345678901234567890, "real": 0.5, "exact": 0.10,
                         "letter": "ß", "id": "c0a80101-0000-4000-8000-000000000001",
                         "link": "https://example.org/a?b=c", "day": "2024-02-29", "time": "23:59:59",
                         "moment": "2024-12-31T00:00:00", "offset": "2024-01-02T03:04:05.5+02:00",
                         "instant": "2024-01-02T03:04:05Z", "span": "PT1H2M3S", "numbers": [1, 2],
                         "words": ["a"], "leaves": {"x": {"size": 1}}, "counts": {"CLEAR": 3},
                         "anything": [null]}
                        """,
                        All.class,
                        "it");
        assertEquals(9007199254740993L, all.large());
        assertEquals(new BigDecimal("0.10"), all.exact());
        assertEquals('ß', all.letter());
        assertEquals(LocalDate.of(2024, 2, 29), all.day());
        assertEquals(Instant.parse("2024-01-02T03:04:05Z"), all.instant());
        assertEquals(Duration.ofSeconds(3723), all.span());
        assertEquals(Map.of(Sky.CLEAR, 3), all.counts());
    }

    @Test
    void patternsAreWhatTheTypesRead() {
        for (String moment : List.of("2023-02-28T23:59:59", "0001-04-30T00:00:00")) {
            assertTrue(moment.matches(pattern("moment")), moment);
            LocalDateTime.parse(moment);
        }
        for (String none : List.of("2023-02-29T00:00:00", "2023-04-31T00:00:00", "2023-01-01")) {
            assertTrue(!none.matches(pattern("moment")), none);
        }
        for (String span : List.of("PT0S", "P1DT2H3M4S", "PT5M0S")) {
            assertTrue(span.matches(pattern("span")), span);
            Duration.parse(span);
        }
        assertTrue("x".matches(pattern("letter")));
        assertTrue(!"😀".matches(pattern("letter")));
    }

    private static String pattern(String property) {
        return JsonTypes.object(TypeSchema.of(All.class), "it")
                .at("/properties/" + property + "/pattern")
                .asText();
    }

    @Test
    void classesWithPropertiesAreObjectsToo() {
        assertEquals(
                "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},\"age\":"
                        + "{\"type\":\"integer\",\"minimum\":-2147483648,\"maximum\":2147483647}},"
                        + "\"required\":[\"name\"],\"additionalProperties\":false}",
                TypeSchema.of(Bean.class));
        Bean bean = JsonTypes.read("{\"name\": \"Ada\"}", Bean.class, "it");
        assertEquals("Ada", bean.getName());
    }

    @Test
    void typesBesideObjectsHaveSchemasToo() {
        assertEquals("{\"type\":\"boolean\"}", TypeSchema.of(boolean.class));
        assertEquals(
                "{\"type\":\"string\",\"enum\":[\"CLEAR\",\"partly cloudy\"]}",
                TypeSchema.of(Sky.class));
        assertEquals(
                "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}",
                TypeSchema.of(String[].class));
    }

    record Odd(List<Future<String>> later) {}

    record OddKeys(Map<Leaf, String> leaves) {}

    @Test
    void whatIsNoJsonIsRefusedWithItsPlace() {
        PromptException odd = assertThrows(PromptException.class, () -> TypeSchema.of(Odd.class));
        assertEquals(
                "no JSON schema can be made of Odd.later[], a java.util.concurrent.Future; use"
                        + " records, classes, enums, lists, maps with names, texts, numbers and times",
                odd.getMessage());
        PromptException keys =
                assertThrows(PromptException.class, () -> TypeSchema.of(OddKeys.class));
        assertTrue(keys.getMessage().contains("OddKeys.leaves"), keys.getMessage());
        assertThrows(PromptException.class, () -> ResponseFormat.of(Runnable.class));
    }

    @Test
    void answersThatAreNotOfTheTypeSaySo() {
        AnswerException text =
                assertThrows(AnswerException.class, () -> Completion.of("sunny").as(Weather.class));
        assertTrue(
                text.getMessage().startsWith("no Weather can be made of the answer, sunny: "),
                text.getMessage());
        Completion cut =
                Completion.of(
                        List.of(Completion.Choice.of("{\"city\": \"Bo", FinishReason.LENGTH)),
                        Completion.Usage.of(1, 0, 4));
        AnswerException early = assertThrows(AnswerException.class, () -> cut.as(Weather.class));
        assertTrue(early.getMessage().contains("cut off"), early.getMessage());
        for (String json : List.of("null", "[]", "{} {}", "{\"size\": null}", "{\"size\": 1000}")) {
            assertThrows(AnswerException.class, () -> Completion.of(json).as(Leaf.class), json);
        }
        assertEquals(new Leaf((byte) 7), Completion.of(" {\"size\": 7}\n").as(Leaf.class));
    }
}
