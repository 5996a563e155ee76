package quire.grammar.tag;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import quire.grammar.Grammar;
import quire.grammar.GrammarException;
import quire.grammar.Regex;
import quire.grammar.Symbol;
import quire.grammar.schema.JsonSchemas;
import quire.grammar.schema.SchemaOptions;

/** Makes a grammar of the calls of tools, alone or in other text. */
public final class Calls {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<Tool> tools;
    private final CallForm form;
    private final Pieces pieces;
    private final JsonSchemas schemas = new JsonSchemas();

    /**
     * @param tools those that may be called
     * @param specialTokens ids of the model's special tokens by what they are called
     */
    public Calls(List<Tool> tools, CallForm form, Map<String, Integer> specialTokens) {
        this.tools = tools;
        this.form = form;
        this.pieces = new Pieces(Grammar.builder(), specialTokens);
    }

    /**
     * The grammar of an answer with calls.
     *
     * @param freely whether there may be other text, and no call at all
     * @param parallel whether there may be more than one call
     * @throws GrammarException that names the tool whose schema cannot be kept
     */
    public Grammar grammar(boolean freely, boolean parallel) {
        List<Symbol> calls = new ArrayList<>();
        for (Tool tool : tools) {
            calls.add(
                    pieces.sequence(
                            pieces.exactly(tool.name()),
                            pieces.spaced(form.middle()),
                            arguments(tool),
                            pieces.spaced(form.tail())));
        }
        Symbol call = pieces.sequence(pieces.spaced(form.head()), pieces.choice(calls));
        Symbol group =
                pieces.sequence(
                        pieces.spaced(form.open()),
                        parallel ? pieces.separated(call, pieces.spaced(form.separator())) : call,
                        pieces.spaced(form.close()));
        if (!freely) {
            return pieces.grammar(group);
        }
        // Whoever reads the answer does not see whether a mark was one token or was spelled.
        Regex text = Pieces.without(form.marks());
        if (form.onLines()) {
            Regex prose = LineCalls.without(text, form.arguments(), tools);
            return pieces.grammar(
                    pieces.choice(
                            List.of(
                                    pieces.terminal(prose),
                                    pieces.sequence(
                                            pieces.terminal(LineCalls.wholeLines(prose)), group))));
        }
        return pieces.grammar(pieces.among(group, pieces.terminal(text), false, !parallel));
    }

    private Symbol arguments(Tool tool) {
        try {
            return switch (form.arguments()) {
                case JSON ->
                        pieces.include(schemas.grammar(tool.parameters(), SchemaOptions.SERVED));
                case XML -> new XmlArguments(pieces, schemas).of(JSON.readTree(tool.parameters()));
                case PYTHON ->
                        new PythonArguments(pieces, schemas).of(JSON.readTree(tool.parameters()));
            };
        } catch (JsonProcessingException e) {
            throw new GrammarException(
                    "the parameters of the tool '" + tool.name() + "' are no JSON");
        } catch (GrammarException e) {
            throw new GrammarException(
                    "the tool '" + tool.name() + "': " + e.getMessage(), "", e.unsupported());
        }
    }
}
