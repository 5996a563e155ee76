package quire.grammar.tag;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import quire.grammar.Constraint;
import quire.grammar.Constraint.CallForm;
import quire.grammar.Grammar;
import quire.grammar.GrammarException;
import quire.grammar.Symbol;
import quire.grammar.schema.JsonSchema;
import quire.grammar.schema.SchemaOptions;

/** Makes a grammar of the calls of tools, alone or in other text. */
public final class Calls {

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * The grammar of an answer with calls.
     *
     * @param specialTokens ids of the model's special tokens by what they are called
     * @throws GrammarException that names the tool whose schema cannot be kept
     */
    public static Grammar grammar(Constraint.Tools tools, Map<String, Integer> specialTokens) {
        Pieces pieces = new Pieces(Grammar.builder(), specialTokens);
        CallForm form = tools.form();
        List<Symbol> calls = new ArrayList<>();
        for (Constraint.Tool tool : tools.tools()) {
            calls.add(
                    pieces.sequence(
                            pieces.exactly(tool.name()),
                            pieces.spaced(form.middle()),
                            arguments(pieces, tool, form.arguments()),
                            pieces.spaced(form.tail())));
        }
        Symbol call = pieces.sequence(pieces.spaced(form.head()), pieces.choice(calls));
        Symbol group =
                pieces.sequence(
                        pieces.spaced(form.open()),
                        tools.parallel()
                                ? pieces.separated(call, pieces.spaced(form.separator()))
                                : call,
                        pieces.spaced(form.close()));
        if (!tools.freely()) {
            return pieces.grammar(group);
        }
        // What a group begins with begins one wherever it stands.
        Symbol text = pieces.terminal(pieces.textWithout(List.of(form.open())));
        return pieces.grammar(pieces.among(group, text, false, !tools.parallel()));
    }

    private static Symbol arguments(
            Pieces pieces, Constraint.Tool tool, Constraint.Arguments arguments) {
        try {
            return switch (arguments) {
                case JSON ->
                        pieces.include(JsonSchema.grammar(tool.parameters(), SchemaOptions.SERVED));
                case XML ->
                        new XmlArguments(pieces, SchemaOptions.SERVED)
                                .of(JSON.readTree(tool.parameters()));
            };
        } catch (JsonProcessingException e) {
            throw new GrammarException(
                    "the parameters of the tool '" + tool.name() + "' are no JSON");
        } catch (GrammarException e) {
            throw new GrammarException(
                    "the tool '" + tool.name() + "': " + e.getMessage(), "", e.unsupported());
        }
    }

    private Calls() {}
}
