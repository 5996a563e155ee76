package quire.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import quire.error.InvalidRequestException;
import quire.generation.AnswerForm;
import quire.grammar.constraint.Constraint;
import quire.grammar.schema.SchemaOptions;
import quire.grammar.tag.CallForm;
import quire.grammar.tag.Tool;
import quire.toolcall.ToolCallFormat;

/** What tools and a response format together make of an answer. */
class ToolOfferTest {

    private static final Optional<AnswerForm> FORMAT =
            Optional.of(new AnswerForm("response_format", new Constraint.JsonObject()));

    private static OfferedTool tool(String name, boolean strict) {
        return new OfferedTool(
                name, Optional.empty(), Optional.of(Map.of("required", List.of("a"))), strict);
    }

    private static Optional<AnswerForm> answer(
            ToolOffer offer, ToolCallFormat format, Optional<AnswerForm> asked) {
        return offer.answer(Optional.of(format), "", asked);
    }

    private static ToolOffer offer(ToolOffer.Choice choice, OfferedTool... tools) {
        return new ToolOffer(List.of(tools), choice, false);
    }

    @Test
    void modelThatChoosesIsFreeUnlessAToolIsStrict() {
        ToolOffer.Choice auto = new ToolOffer.Choice.Auto();
        assertEquals(
                Optional.empty(),
                answer(offer(auto, tool("f", false)), ToolCallFormat.HERMES, Optional.empty()));
        Constraint.Tools calls =
                assertInstanceOf(
                        Constraint.Tools.class,
                        answer(
                                        offer(auto, tool("f", false), tool("g", true)),
                                        ToolCallFormat.HERMES,
                                        Optional.empty())
                                .orElseThrow()
                                .constraint());
        assertTrue(calls.freely());
        assertEquals(false, calls.parallel());
        assertEquals("<tool_call>", calls.form().open());
        assertEquals(
                List.of(
                        new Tool("f", "{\"type\": \"object\"}"),
                        new Tool("g", "{\"required\":[\"a\"],\"type\":\"object\"}")),
                calls.tools());
    }

    @Test
    void modelThatChoosesKeepsToTheFormatOrCalls() {
        AnswerForm form =
                answer(
                                offer(new ToolOffer.Choice.Auto(), tool("f", false)),
                                ToolCallFormat.LLAMA3_JSON,
                                FORMAT)
                        .orElseThrow();
        Constraint.AnyOf either = assertInstanceOf(Constraint.AnyOf.class, form.constraint());
        assertEquals(new Constraint.JsonObject(), either.constraints().getFirst());
        Constraint.Tools calls =
                assertInstanceOf(Constraint.Tools.class, either.constraints().getLast());
        assertEquals(false, calls.freely(), "nothing but calls");
    }

    /** JSON that was asked for may look like a call. */
    @Test
    void whatIsNotCalledKeepsToTheFormat() {
        ToolOffer none = offer(new ToolOffer.Choice.None(), tool("f", true));
        Optional<ToolCallFormat> format = Optional.of(ToolCallFormat.LLAMA3_JSON);
        assertEquals(Optional.empty(), none.use(format, true));
        assertEquals(
                new ToolUse.Way.Forbidden(ToolCallFormat.LLAMA3_JSON),
                none.use(format, false).orElseThrow().way());
        assertEquals(
                FORMAT,
                answer(
                        offer(new ToolOffer.Choice.None(), tool("f", true)),
                        ToolCallFormat.PYTHONIC,
                        FORMAT));
    }

    @Test
    void forcedCallsKeepToTheSchemaWhetherStrictOrNot() {
        Constraint.Tools calls =
                assertInstanceOf(
                        Constraint.Tools.class,
                        answer(
                                        offer(new ToolOffer.Choice.Required(), tool("f", false)),
                                        ToolCallFormat.PYTHONIC,
                                        FORMAT)
                                .orElseThrow()
                                .constraint());
        assertEquals(
                List.of(new Tool("f", "{\"required\":[\"a\"],\"type\":\"object\"}")),
                calls.tools());
        assertEquals(false, calls.freely());
    }

    /** Where nothing marks calls, those that begin a line are held to the schema. */
    @ParameterizedTest
    @EnumSource(ToolCallFormat.class)
    void strictIsKeptInEveryFormat(ToolCallFormat format) {
        ToolOffer offer = offer(new ToolOffer.Choice.Auto(), tool("f", true));
        Constraint.Tools calls =
                assertInstanceOf(
                        Constraint.Tools.class,
                        answer(offer, format, Optional.empty()).orElseThrow().constraint());
        assertTrue(calls.freely());
        assertEquals(CallForms.of(format, ""), calls.form());
    }

    @ParameterizedTest
    @EnumSource(ToolCallFormat.class)
    void forcedCallsAreWrittenInTheFormatOfTheModel(ToolCallFormat format) {
        OfferedTool[] tools = {tool("f", false), tool("g", false)};
        Optional<AnswerForm> named =
                answer(offer(new ToolOffer.Choice.Named("g"), tools), format, Optional.empty());
        Tool only = new Tool("g", "{\"required\":[\"a\"],\"type\":\"object\"}");
        assertEquals(
                new Constraint.Tools(List.of(only), CallForms.of(format, ""), false, false),
                named.orElseThrow().constraint());
        ToolOffer required = offer(new ToolOffer.Choice.Required(), tools);
        Constraint.Tools calls =
                assertInstanceOf(
                        Constraint.Tools.class,
                        answer(required, format, Optional.empty()).orElseThrow().constraint());
        assertEquals(2, calls.tools().size());
        assertEquals(false, calls.parallel());
        assertEquals(CallForms.of(format, ""), calls.form());
        assertEquals(
                new ToolUse.Way.Required(Optional.of(format)),
                required.use(Optional.of(format), false).orElseThrow().way());
    }

    /** As vLLM asks for them. */
    @Test
    void forcedCallsAreJsonWhereTheFormatIsNotKnown() {
        ToolOffer required = offer(new ToolOffer.Choice.Required(), tool("f", false));
        Constraint.Tools calls =
                assertInstanceOf(
                        Constraint.Tools.class,
                        required.answer(Optional.empty(), "", Optional.empty())
                                .orElseThrow()
                                .constraint());
        assertEquals(CallForm.JSON_ARRAY, calls.form());
        ToolOffer named = offer(new ToolOffer.Choice.Named("f"), tool("f", false));
        assertEquals(
                new Constraint.JsonSchema(
                        "{\"required\":[\"a\"],\"type\":\"object\"}", SchemaOptions.SERVED),
                named.answer(Optional.empty(), "", Optional.empty()).orElseThrow().constraint());
        assertEquals(
                new ToolUse.Way.Named("f", Optional.empty()),
                named.use(Optional.empty(), false).orElseThrow().way());
    }

    /** A name that stands in quotes may be any. */
    @ParameterizedTest
    @EnumSource(ToolCallFormat.class)
    void nameThatAFormatCannotWriteIsRefused(ToolCallFormat format) {
        ToolOffer offer = offer(new ToolOffer.Choice.Required(), tool("a (b", false));
        if (CallForms.of(format, "").middle().startsWith("\"")) {
            assertTrue(answer(offer, format, Optional.empty()).isPresent());
            return;
        }
        InvalidRequestException refusal =
                assertThrows(
                        InvalidRequestException.class,
                        () -> answer(offer, format, Optional.empty()));
        assertEquals("tools", refusal.param());
        assertTrue(refusal.getMessage().contains("'a (b'"), refusal.getMessage());
    }
}
