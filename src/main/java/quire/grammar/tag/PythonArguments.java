package quire.grammar.tag;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import quire.grammar.GrammarException;
import quire.grammar.Regex;
import quire.grammar.Symbol;
import quire.grammar.schema.JsonSchemas;
import quire.grammar.schema.SchemaOptions;

/** The arguments of a call as Python writes them, {@code city="Bonn", days=3}. */
final class PythonArguments {

    private static final int MAX_OWN_NAME_CHARS = 256;

    private static final SchemaOptions PYTHON =
            SchemaOptions.SERVED.in(SchemaOptions.Notation.PYTHON);

    private static final Regex NAME =
            Regex.seq(
                    Regex.codePoints('A', 'Z', '_', '_', 'a', 'z'),
                    Regex.repeat(
                            Regex.codePoints('0', '9', 'A', 'Z', '_', '_', 'a', 'z'),
                            0,
                            NamedArguments.MAX_NAME_CHARS - 1));

    private final Pieces pieces;
    private final JsonSchemas schemas;

    PythonArguments(Pieces pieces, JsonSchemas schemas) {
        this.pieces = pieces;
        this.schemas = schemas;
    }

    /** All arguments of a schema. */
    Symbol of(JsonNode schema) {
        NamedArguments arguments = NamedArguments.of(schema);
        Symbol comma = pieces.spaced(" , ");
        if (arguments.isOpen()) {
            Symbol any = pieces.include(schemas.grammar("true", PYTHON));
            Symbol one = pieces.sequence(pieces.terminal(NAME), pieces.exactly("="), any);
            return pieces.repeat(pieces.separated(one, comma), 0, 1);
        }
        // What may come behind an argument, and what may come as the first; from the last one on.
        Symbol behind = pieces.sequence();
        Symbol first = behind;
        List<NamedArguments.Argument> all = arguments.all();
        for (int i = all.size() - 1; i >= 0; i--) {
            Symbol one = argument(all.get(i), arguments);
            Symbol begun = pieces.sequence(one, behind);
            Symbol next = pieces.sequence(comma, one);
            boolean required = all.get(i).required();
            first = required ? begun : pieces.choice(List.of(begun, first));
            behind = pieces.sequence(required ? next : pieces.repeat(next, 0, 1), behind);
            first = pieces.rule("arguments from " + all.get(i).name(), first);
            behind = pieces.rule("arguments behind " + all.get(i).name(), behind);
        }
        return first;
    }

    private Symbol argument(NamedArguments.Argument argument, NamedArguments all) {
        String name = argument.name();
        if (!isName(name)) {
            throw new GrammarException(
                    "the argument '"
                            + name
                            + "' cannot be named in Python's notation; names have letters, digits"
                            + " and '_'",
                    argument.pointer());
        }
        return pieces.sequence(
                pieces.exactly(name + "="),
                pieces.include(schemas.grammar(all.withDefinitions(argument.schema()), PYTHON)));
    }

    /** Letters and digits of any script, as the reader of such calls has it. */
    private static boolean isName(String name) {
        return !name.isEmpty()
                && name.length() <= MAX_OWN_NAME_CHARS
                && name.chars().allMatch(c -> c == '_' || Character.isLetterOrDigit(c))
                && !Character.isDigit(name.charAt(0));
    }
}
