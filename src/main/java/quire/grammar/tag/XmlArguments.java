package quire.grammar.tag;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import quire.grammar.GrammarException;
import quire.grammar.Regex;
import quire.grammar.Symbol;
import quire.grammar.regex.Dialect;
import quire.grammar.regex.PatternSyntax;
import quire.grammar.schema.JsonSchemas;
import quire.grammar.schema.SchemaOptions;

/**
 * The arguments of a call as Qwen3-Coder writes them, each between {@code <parameter=NAME>} and
 * {@code </parameter>}: a string as it is, anything else as JSON. What may be either is a string
 * only where it does not look like the other.
 */
final class XmlArguments {

    private static final String END = "</parameter>";
    private static final int MAX_OWN_NAME_CHARS = 256;

    private static final Regex NAME =
            Regex.repeat(
                    Regex.codePoints('-', '.', '0', '9', 'A', 'Z', '_', '_', 'a', 'z'),
                    1,
                    NamedArguments.MAX_NAME_CHARS);

    private final Pieces pieces;
    private final JsonSchemas schemas;

    XmlArguments(Pieces pieces, JsonSchemas schemas) {
        this.pieces = pieces;
        this.schemas = schemas;
    }

    /** All arguments of a schema. */
    Symbol of(JsonNode schema) {
        NamedArguments arguments = NamedArguments.of(schema);
        if (arguments.isOpen()) {
            Symbol value = pieces.terminal(pieces.textWithout(List.of(END)));
            return pieces.repeat(argument(pieces.terminal(NAME), value), 0, -1);
        }
        List<Symbol> parts = new ArrayList<>();
        for (NamedArguments.Argument argument : arguments.all()) {
            String name = argument.name();
            if (name.isEmpty()
                    || name.length() > MAX_OWN_NAME_CHARS
                    || !name.strip().equals(name)
                    || name.indexOf('>') >= 0
                    || name.indexOf('\n') >= 0) {
                throw new GrammarException(
                        "the argument '" + name + "' cannot be named in XML", argument.pointer());
            }
            Symbol one = argument(pieces.exactly(name), value(argument, arguments));
            parts.add(argument.required() ? one : pieces.repeat(one, 0, 1));
        }
        return pieces.sequence(parts.toArray(Symbol[]::new));
    }

    private Symbol argument(Symbol name, Symbol value) {
        return pieces.sequence(
                pieces.exactly("<parameter="),
                name,
                pieces.exactly(">\n"),
                value,
                pieces.exactly("\n" + END + "\n"));
    }

    private Symbol value(NamedArguments.Argument argument, NamedArguments all) {
        BareValues values = new BareValues(argument, all.root());
        List<Symbol> ways = new ArrayList<>();
        for (JsonNode string : values.strings()) {
            Regex text = string(string, argument.pointer());
            Regex others = values.spelledLikeOthers();
            ways.add(
                    pieces.terminal(
                            others.equals(Regex.nothing())
                                    ? text
                                    : Regex.both(text, Regex.not(others))));
        }
        for (JsonNode other : values.others()) {
            ways.add(
                    pieces.include(
                            schemas.grammar(all.withDefinitions(other), SchemaOptions.SERVED)));
        }
        return pieces.choice(ways);
    }

    /** A string as it stands between the marks, in which it cannot have the mark of its end. */
    private Regex string(JsonNode schema, String pointer) {
        Regex all = pieces.textWithout(List.of(END));
        for (Map.Entry<String, JsonNode> entry : schema.properties()) {
            JsonNode value = entry.getValue();
            switch (entry.getKey()) {
                case "const" -> all = Regex.both(all, texts(List.of(value)));
                case "enum" -> all = Regex.both(all, texts(value));
                case "pattern" ->
                        all = Regex.both(all, PatternSyntax.parse(value.asText(), Dialect.ECMA));
                case "minLength" ->
                        all = Regex.both(all, Regex.repeat(Regex.anyCodePoint(), count(value), -1));
                case "maxLength" ->
                        all = Regex.both(all, Regex.repeat(Regex.anyCodePoint(), 0, count(value)));
                default -> {
                    if (!BareValues.saysNothingOfStrings(entry.getKey())) {
                        throw new GrammarException(
                                "'" + entry.getKey() + "' is not supported of a string in XML",
                                pointer + "/" + entry.getKey(),
                                entry.getKey());
                    }
                }
            }
        }
        return all;
    }

    private static Regex texts(Iterable<JsonNode> values) {
        List<Regex> texts = new ArrayList<>();
        for (JsonNode value : values) {
            if (value.isTextual()) {
                texts.add(Regex.literal(value.textValue()));
            }
        }
        return Regex.anyOf(texts.toArray(Regex[]::new));
    }

    private static int count(JsonNode value) {
        return Math.max(0, value.asInt());
    }
}
