package quire.grammar.tag;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import quire.grammar.Symbol;

/** Makes parts of a grammar of those formats that are about tokens rather than text. */
final class TokenFormats {

    private final Pieces pieces;
    private final TagFormats formats;

    TokenFormats(Pieces pieces, TagFormats formats) {
        this.pieces = pieces;
        this.formats = formats;
    }

    /** The id of a token that is given by its id, or by what it is called. */
    int id(Field token) {
        if (token.value().isInt()) {
            return token.count();
        }
        OptionalInt id = pieces.token(token.text());
        return id.orElseThrow(
                () -> token.error("this model has no special token '" + token.text() + "'"));
    }

    /** Free text: special tokens are not in it, so that those that are named are left out. */
    Symbol free(Field format, List<String> ends) {
        if (format.isSet("exclude_tokens")) {
            for (Field token : format.field("exclude_tokens").elements()) {
                if (token.value().isInt() || pieces.token(token.text()).isEmpty()) {
                    throw token.unsupported("the exclusion of a token that is not special");
                }
            }
        }
        return pieces.terminal(pieces.textWithout(ends));
    }

    /** Tags that begin with tokens, in free text. */
    Symbol triggeredTags(Field format, List<String> ends) {
        format.allowOnly(
                "type",
                "trigger_tokens",
                "tags",
                "exclude_tokens",
                "at_least_one",
                "stop_after_first");
        List<Integer> triggers = new ArrayList<>();
        format.field("trigger_tokens").someElements().forEach(t -> triggers.add(id(t)));
        List<Symbol> tags = new ArrayList<>();
        for (Field tag : format.field("tags").someElements()) {
            Field begin = tag.field("begin").field("token");
            if (!triggers.contains(id(begin))) {
                throw begin.error("the tag begins with none of the trigger_tokens");
            }
            tags.add(formats.tag(tag));
        }
        return pieces.among(
                pieces.choice(tags),
                free(format, ends),
                format.flag("at_least_one"),
                format.flag("stop_after_first"));
    }

    /** Formats behind tokens, in free text. */
    Symbol dispatch(Field format, List<String> ends) {
        format.allowOnly("type", "rules", "loop", "exclude_tokens");
        List<Symbol> ways = new ArrayList<>();
        for (Field rule : format.field("rules").someElements()) {
            List<Field> pair = TagFormats.pair(rule);
            ways.add(
                    pieces.sequence(
                            pieces.token(id(pair.getFirst())), formats.format(pair.getLast())));
        }
        return formats.looped(format, ways, free(format, ends));
    }
}
