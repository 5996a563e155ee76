package quire.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.grammar.Grammar;
import quire.grammar.Speaker;
import quire.grammar.constraint.Constraint;
import quire.grammar.tag.CallForm;
import quire.reasoning.ReasoningFormat;
import quire.toolcall.ToolCallFormat;
import quire.toolcall.ToolSchemas;

/**
 * What a die says under the grammar of a form of calls, the parser of its name reads as these calls
 * and nothing else, each as its schema wants it, however the text is cut.
 */
class SampledCallsTest {

    private static final int ROUNDS = Integer.getInteger("quire.sampledcalls.rounds", 12);
    private static final long SEED = Long.getLong("quire.sampledcalls.seed", 17);
    private static final int CHARS = 250;
    private static final int MAX_SPLITS = 120;

    static final ObjectMapper JSON =
            JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();
    private static final TypeReference<LinkedHashMap<String, Object>> OBJECT =
            new TypeReference<>() {};

    /** What an argument may be. */
    private static final List<String> KINDS =
            List.of(
                    "{'type': 'string'}",
                    "{'type': 'string', 'maxLength': 8}",
                    "{'type': 'string', 'pattern': '^[a-z]{1,5}$'}",
                    "{'type': 'string', 'enum': ['a b', '[x', '</x>', 'null', '5', 'C']}",
                    "{'enum': ['on', '7', 3, true, null, '{']}",
                    "{'const': 5}",
                    "{'type': 'integer'}",
                    "{'type': 'integer', 'minimum': -3, 'maximum': 900}",
                    "{'type': 'number'}",
                    "{'type': 'number', 'exclusiveMinimum': 0.5}",
                    "{'type': 'boolean'}",
                    "{'type': 'null'}",
                    "{'type': ['string', 'null'], 'minLength': 2}",
                    "{'type': ['integer', 'string'], 'maximum': 7}",
                    "{'anyOf': [{'type': 'string', 'maxLength': 3}, {'type': 'null'}]}",
                    "{'anyOf': [{'$ref': '#/$defs/unit'}, {'type': 'integer', 'minimum': 10}]}",
                    "{'oneOf': [{'type': 'string'}, {'type': 'boolean'}], 'title': 'T'}",
                    "{'type': 'array', 'items': {'type': 'string'}, 'maxItems': 3}",
                    "{'type': 'array', 'items': {'type': ['boolean', 'null', 'integer']}}",
                    "{'type': 'array', 'uniqueItems': true, 'items': {'enum': [true, null, 'x']}}",
                    "{'type': 'object', 'properties': {'x y': {'type': 'string'}, 'z': {'type':"
                            + " 'boolean'}}, 'required': ['z'], 'additionalProperties': false}",
                    "{'type': 'object', 'additionalProperties': {'type': 'null'}}",
                    "{'$ref': '#/$defs/unit'}",
                    "{'allOf': [{'$ref': '#/$defs/count'}], 'default': 1}",
                    "{'description': 'anything'}");

    /** Texts that formats may stumble over. */
    private static final List<String> HARD =
            List.of(
                    "<tool_call>",
                    "</tool_call>\n",
                    "\n</parameter>\n",
                    "</parameter",
                    "<function=f>\n",
                    "<parameter=a>\n",
                    "[TOOL_CALLS]",
                    "[ARGS]{",
                    "<|python_tag|>",
                    "<|python_start|>[",
                    "<|python_end|>",
                    "<｜tool▁call▁end｜>",
                    "<｜tool▁calls▁begin｜>",
                    "<think>",
                    "</think>",
                    "\"}}]",
                    "')]",
                    "\\\"",
                    "\\u00e9",
                    "\\\\",
                    "\\/",
                    "\\ud83d\\ude00",
                    "{\"name\": \"f\", \"parameters\": {",
                    "\n{\"name\": \"f\", ",
                    "\n [f(",
                    "\n[ g(",
                    "{\"type\": \"function\", \"name\": \"",
                    "\n",
                    "; ",
                    ", ",
                    "null",
                    "NULL ",
                    "true",
                    "12",
                    "東京 🌧",
                    "it's");

    /** A tool as a request has it, and what judges its arguments. */
    private record Sample(
            List<OfferedTool> tools, Map<String, com.networknt.schema.JsonSchema> schemas) {

        static Sample of(Random random) {
            List<OfferedTool> tools = new ArrayList<>();
            Map<String, com.networknt.schema.JsonSchema> schemas = new HashMap<>();
            for (String name :
                    List.of("f", "g-2", "search.all").subList(0, 1 + random.nextInt(3))) {
                ObjectNode schema = schema(random);
                tools.add(
                        new OfferedTool(
                                name,
                                Optional.empty(),
                                Optional.of(JSON.convertValue(schema, OBJECT)),
                                true));
                schemas.put(
                        name,
                        JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                                .getSchema(schema));
            }
            return new Sample(tools, schemas);
        }

        private static ObjectNode schema(Random random) {
            ObjectNode schema = JSON.createObjectNode().put("type", "object");
            ObjectNode properties = schema.putObject("properties");
            List<String> required = new ArrayList<>();
            int count = random.nextInt(5);
            for (String name : List.of("a", "bc", "d_e", "q1").subList(0, count)) {
                properties.set(name, json(KINDS.get(random.nextInt(KINDS.size()))));
                if (random.nextBoolean()) {
                    required.add(name);
                }
            }
            schema.set("required", JSON.valueToTree(required));
            if (random.nextInt(4) > 0) {
                schema.put("additionalProperties", false);
            }
            ObjectNode definitions = schema.putObject("$defs");
            definitions.set("unit", json("{'type': 'string', 'enum': ['C', 'F', '11']}"));
            definitions.set("count", json("{'type': 'integer', 'minimum': 1}"));
            return schema;
        }

        void assertRight(List<Turn.Call> calls, String context) throws JsonProcessingException {
            for (Turn.Call call : calls) {
                com.networknt.schema.JsonSchema schema = schemas.get(call.name());
                assertTrue(schema != null, call.name() + " is no tool: " + context);
                JsonNode arguments = JSON.readTree(call.arguments());
                assertEquals(
                        List.of(),
                        schema.validate(arguments).stream().toList(),
                        () -> call.arguments() + " in " + context);
            }
        }

        ToolSchemas shown() {
            return ToolSchemas.of(tools.stream().map(OfferedTool::shown).toList());
        }
    }

    /** What was told. */
    private static final class Heard implements ChoiceReader.Listener {

        private final StringBuilder reasoning = new StringBuilder();
        private final StringBuilder content = new StringBuilder();
        private final List<Turn.Call> calls = new ArrayList<>();

        @Override
        public void reasoning(CharSequence text) {
            reasoning.append(text);
        }

        @Override
        public void content(CharSequence text) {
            content.append(text);
        }

        @Override
        public void begin(int index, String id, String name) {
            assertEquals(calls.size(), index);
            calls.add(new Turn.Call("", name, ""));
        }

        @Override
        public void arguments(int index, CharSequence piece) {
            Turn.Call begun = calls.get(index);
            calls.set(index, new Turn.Call("", begun.name(), begun.arguments() + piece));
        }

        /**
         * Names and values, however these are spaced.
         *
         * @param bare whether values are given as the bare texts that they are read from
         */
        List<String> read(boolean bare) throws JsonProcessingException {
            List<String> all = new ArrayList<>();
            for (Turn.Call call : calls) {
                JsonNode arguments = JSON.readTree(call.arguments());
                if (bare) {
                    ObjectNode texts = JSON.createObjectNode();
                    for (Map.Entry<String, JsonNode> argument : arguments.properties()) {
                        JsonNode value = argument.getValue();
                        texts.put(
                                argument.getKey(),
                                WrittenCalls.plain(
                                        value.isTextual() ? value.textValue() : value.toString()));
                    }
                    arguments = texts;
                }
                all.add(call.name() + arguments);
            }
            return all;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Heard heard
                    && heard.calls.equals(calls)
                    && heard.content.compareTo(content) == 0
                    && heard.reasoning.compareTo(reasoning) == 0;
        }

        @Override
        public int hashCode() {
            return calls.hashCode();
        }

        @Override
        public String toString() {
            return reasoning + "|" + content + "|" + calls;
        }
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text.replace('\'', '"'));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "hermes, , ",
        "hermes, , deepseek_r1",
        "hermes, , qwen3",
        "qwen3_coder, , ",
        "qwen3_xml, , qwen3",
        "mistral, , ",
        "mistral, [ARGS], ",
        "deepseek_v3, ```json, deepseek_r1",
        "deepseek_v31, , deepseek_r1",
        "llama3_json, , ",
        "llama4_json, , ",
        "pythonic, , ",
        "llama4_pythonic, <|python_start|>, ",
    })
    void whatAGrammarOfCallsSaysIsRead(String parser, String template, String thoughts)
            throws Exception {
        ToolCallFormat format = ToolCallFormat.byName().get(parser);
        int numSaid = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Random random = new Random(SEED + 1_000_003L * round + parser.hashCode());
            Sample sample = Sample.of(random);
            boolean parallel = random.nextBoolean();
            boolean isNamed = random.nextInt(3) == 0;
            ToolOffer.Choice choice =
                    isNamed
                            ? new ToolOffer.Choice.Named(sample.tools.getLast().name())
                            : random.nextInt(3) > 0
                                    ? new ToolOffer.Choice.Required()
                                    : new ToolOffer.Choice.Auto();
            ToolOffer offer = new ToolOffer(sample.tools, choice, parallel);
            Constraint constraint =
                    offer.answer(
                                    Optional.of(format),
                                    Optional.ofNullable(template).orElse(""),
                                    Optional.empty())
                            .orElseThrow()
                            .constraint();
            Reading reading =
                    new Reading(
                            Optional.ofNullable(thoughts)
                                    .map(name -> ReasoningFormat.byName().get(name))
                                    .map(known -> new Reading.Thoughts(known, false, true)),
                            offer.use(Optional.of(format), false));
            if (thoughts != null) {
                constraint = new Constraint.BehindThought("<think>", "</think>", constraint);
            }
            Map<String, Integer> special = new LinkedHashMap<>();
            if (random.nextBoolean()) {
                for (String marker : reading.markers().stream().limit(8).toList()) {
                    special.put(marker, Speaker.SPECIAL + special.size());
                }
            }
            Grammar grammar = constraint.toGrammar(special);
            Optional<String> said = Speaker.babble(grammar, HARD, special, random, CHARS);
            if (said.isPresent()) {
                numSaid++;
                CallForm form = CallForms.of(format, Optional.ofNullable(template).orElse(""));
                String context =
                        "seed %d, round %d, %s: %s%n%s"
                                .formatted(SEED, round, parser, said.get(), constraint);
                check(sample, form, choice, reading, said.get(), context);
            }
        }
        assertTrue(numSaid > ROUNDS / 2, numSaid + " of " + ROUNDS + " came to an end");
    }

    private static void check(
            Sample sample,
            CallForm form,
            ToolOffer.Choice choice,
            Reading reading,
            String text,
            String context)
            throws JsonProcessingException {
        Heard said = heard(reading, text);
        sample.assertRight(said.calls, context);
        boolean hasThought = reading.thoughts().isPresent() && text.startsWith("<think>");
        String answer =
                hasThought ? text.substring(text.indexOf("</think>") + 8).stripLeading() : text;
        if (choice instanceof ToolOffer.Choice.Auto) {
            int mark = answer.indexOf(form.marks().getFirst());
            String prose = mark < 0 ? answer : answer.substring(0, mark);
            if (mark >= 0 && prose.chars().noneMatch(c -> c == '`' || c == '~')) {
                assertFalse(said.calls.isEmpty(), context);
                assertTrue(said.content.toString().startsWith(prose.stripTrailing()), context);
            }
        } else {
            assertEquals("", said.content.toString(), context);
            assertEquals(
                    new WrittenCalls(answer, form, sample.schemas.keySet()).read(),
                    said.read(form.arguments() == CallForm.Arguments.XML),
                    context);
        }
        int step = Math.ceilDiv(text.length(), MAX_SPLITS);
        for (int cut = 1; cut < text.length(); cut += step) {
            Heard split = heard(reading, text.substring(0, cut), text.substring(cut));
            assertEquals(said, split, () -> "cut, " + context);
        }
        assertEquals(said, heard(reading, text.split("")), context);
    }

    private static Heard heard(Reading reading, String... pieces) {
        Heard heard = new Heard();
        ChoiceReader reader = new ChoiceReader(reading, heard);
        for (String piece : pieces) {
            reader.feed(piece);
        }
        reader.finish();
        return heard;
    }
}
