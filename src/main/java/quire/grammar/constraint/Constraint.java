package quire.grammar.constraint;

import java.util.List;
import java.util.Map;
import quire.grammar.Choices;
import quire.grammar.Grammar;
import quire.grammar.GrammarException;
import quire.grammar.Symbol;
import quire.grammar.regex.Dialect;
import quire.grammar.regex.PatternSyntax;
import quire.grammar.schema.SchemaOptions;
import quire.grammar.tag.CallForm;
import quire.grammar.tag.Calls;
import quire.grammar.tag.GrammarText;
import quire.grammar.tag.Thoughts;
import quire.grammar.tag.Tool;

/**
 * What a request wants its answer to be, as it was asked for: text that has not been read yet.
 * Equal by value, so that what was made of one is found again for the next.
 */
public sealed interface Constraint {

    /**
     * The grammar of all answers that it allows.
     *
     * @param specialTokens ids of the model's special tokens by what they are called, for grammars
     *     and marks of calls that have them
     * @throws GrammarException if it is not right, or more than is supported
     */
    default Grammar toGrammar(Map<String, Integer> specialTokens) {
        return switch (this) {
            case JsonObject any ->
                    quire.grammar.schema.JsonSchema.grammar(
                            "{\"type\":\"object\"}", SchemaOptions.SERVED);
            case JsonSchema json ->
                    quire.grammar.schema.JsonSchema.grammar(json.schema(), json.options());
            case Pattern regex -> Grammar.of(PatternSyntax.parse(regex.pattern(), Dialect.RUST));
            case Choice choice -> Choices.grammar(choice.texts());
            case Text text -> GrammarText.grammar(text.grammar(), specialTokens);
            case StructuralTag structural ->
                    quire.grammar.tag.StructuralTag.grammar(structural.tag(), specialTokens);
            case AnyOf any -> {
                Grammar.Builder builder = Grammar.builder();
                yield builder.build(
                        builder.choice(
                                any.constraints().stream()
                                        .map(one -> builder.include(one.toGrammar(specialTokens)))
                                        .toArray(Symbol[]::new)));
            }
            case Tools(List<Tool> tools, CallForm form, boolean freely, boolean parallel) ->
                    new Calls(tools, form, specialTokens).grammar(freely, parallel);
            case AfterThought(Constraint answer) ->
                    Thoughts.behind(answer.toGrammar(specialTokens));
            case BehindThought(String begin, String end, Constraint answer) ->
                    Thoughts.grammar(begin, end, answer.toGrammar(specialTokens), specialTokens);
        };
    }

    /** Any JSON object ({@code json_object}). */
    record JsonObject() implements Constraint {}

    /**
     * JSON that a schema describes.
     *
     * @param schema a JSON Schema as JSON text
     */
    record JsonSchema(String schema, SchemaOptions options) implements Constraint {}

    /**
     * A text that a regular expression matches as a whole.
     *
     * @param pattern in the syntax that Rust and Python share
     */
    record Pattern(String pattern) implements Constraint {}

    /** One of some texts. */
    record Choice(List<String> texts) implements Constraint {

        public Choice {
            texts = List.copyOf(texts);
        }
    }

    /**
     * A text of a context-free grammar.
     *
     * @param grammar in Lark's syntax or in GBNF, which it shows by itself: GBNF writes {@code ::=}
     */
    record Text(String grammar) implements Constraint {}

    /**
     * Text with structured regions in it.
     *
     * @param tag a structural tag as JSON text
     */
    record StructuralTag(String tag) implements Constraint {}

    /**
     * Whatever one of some constraints allows.
     *
     * @param constraints at least one
     */
    record AnyOf(List<Constraint> constraints) implements Constraint {

        public AnyOf {
            constraints = List.copyOf(constraints);
        }
    }

    /** An answer behind the end of a thought, and the line breaks that belong to that. */
    record AfterThought(Constraint answer) implements Constraint {}

    /**
     * An answer that a thought may stand in front of.
     *
     * @param begin what opens a thought; a special token of the model stands here as its text
     * @param end what ends it
     */
    record BehindThought(String begin, String end, Constraint answer) implements Constraint {}

    /**
     * Calls of tools.
     *
     * @param tools those that may be called
     * @param form how calls are written
     * @param freely whether there may be other text, and no call at all; otherwise there is nothing
     *     but at least one call
     * @param parallel whether there may be more than one call
     */
    record Tools(List<Tool> tools, CallForm form, boolean freely, boolean parallel)
            implements Constraint {

        public Tools {
            tools = List.copyOf(tools);
        }
    }
}
