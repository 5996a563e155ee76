package quire.grammar.tag;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import quire.grammar.Grammar;
import quire.grammar.GrammarException;
import quire.grammar.Regex;
import quire.grammar.Symbol;
import quire.grammar.regex.Dialect;
import quire.grammar.regex.PatternSyntax;
import quire.grammar.schema.JsonSchemas;
import quire.grammar.schema.SchemaOptions;

/** Makes parts of a grammar of the formats of a structural tag, each of them a chunk of text. */
final class TagFormats {

    private final Pieces pieces;
    private final JsonSchemas schemas = new JsonSchemas();
    private final TokenFormats tokens;

    /** What ends the tag around a format, so that free text in it stops there. */
    private List<String> ends = List.of();

    TagFormats(Pieces pieces) {
        this.pieces = pieces;
        this.tokens = new TokenFormats(pieces, this);
    }

    /** The older form: regions of JSON that begin with triggers, in free text. */
    Symbol structures(Field whole) {
        whole.allowOnly("type", "structures", "triggers");
        List<String> triggers =
                whole.field("triggers").someElements().stream().map(Field::text).toList();
        List<Symbol> tags = new ArrayList<>();
        for (Field structure : whole.field("structures").someElements()) {
            structure.allowOnly("begin", "schema", "end");
            String begin = structure.field("begin").text();
            checkTriggered(structure.field("begin"), begin, triggers);
            tags.add(
                    pieces.sequence(
                            pieces.exactly(begin),
                            schema(structure.field("schema"), SchemaOptions.SERVED),
                            pieces.exactly(structure.field("end").text())));
        }
        Symbol text = pieces.terminal(pieces.textWithout(triggers));
        return pieces.among(pieces.choice(tags), text, false, false);
    }

    private void checkTriggered(Field begin, String text, List<String> triggers) {
        if (triggers.stream().noneMatch(text::startsWith)) {
            throw begin.error("'" + text + "' begins with none of the triggers " + triggers);
        }
    }

    /** Any format, by its type. */
    Symbol format(Field format) {
        String type = format.field("type").text();
        return switch (type) {
            case "const_string" -> {
                format.allowOnly("type", "value");
                yield pieces.exactly(format.field("value").text());
            }
            case "json_schema" -> jsonSchema(format);
            case "qwen_xml_parameter" -> {
                format.allowOnly("type", "json_schema");
                yield xml(format.field("json_schema"));
            }
            case "grammar" -> {
                format.allowOnly("type", "grammar");
                Field text = format.field("grammar");
                yield within(text, () -> GrammarText.grammar(text.text(), pieces.specialTokens()));
            }
            case "regex" -> {
                format.allowOnly("type", "pattern", "excludes");
                Field pattern = format.field("pattern");
                Regex language = regex(pattern);
                yield pieces.terminal(
                        format.isSet("excludes")
                                ? Regex.both(language, pieces.textWithout(format.texts("excludes")))
                                : language);
            }
            case "any_text" -> anyText(format);
            case "sequence" -> {
                format.allowOnly("type", "elements");
                yield pieces.sequence(formats(format.field("elements")).toArray(Symbol[]::new));
            }
            case "or" -> {
                format.allowOnly("type", "elements");
                yield pieces.choice(formats(format.field("elements")));
            }
            case "optional", "plus", "star" -> {
                format.allowOnly("type", "content");
                yield pieces.repeat(
                        format(format.field("content")),
                        type.equals("plus") ? 1 : 0,
                        type.equals("optional") ? 1 : -1);
            }
            case "repeat" -> repeat(format);
            case "tag" -> tag(format);
            case "triggered_tags" -> triggeredTags(format);
            case "tags_with_separator" -> separatedTags(format);
            case "dispatch" -> dispatch(format);
            case "token" -> {
                format.allowOnly("type", "token");
                yield pieces.token(tokens.id(format.field("token")));
            }
            case "any_tokens" -> {
                format.allowOnly("type", "exclude_tokens");
                yield tokens.free(format, ends);
            }
            case "token_triggered_tags" -> tokens.triggeredTags(format, ends);
            case "token_dispatch" -> tokens.dispatch(format, ends);
            default -> throw format.field("type").unsupported("the format '" + type + "'");
        };
    }

    private List<Symbol> formats(Field elements) {
        List<Symbol> symbols = new ArrayList<>();
        elements.someElements().forEach(element -> symbols.add(format(element)));
        return symbols;
    }

    private Symbol jsonSchema(Field format) {
        format.allowOnly("type", "json_schema", "style", "any_order");
        String style = format.isSet("style") ? format.field("style").text() : "json";
        Field schema = format.field("json_schema");
        return switch (style) {
            case "json" -> {
                SchemaOptions options =
                        format.flag("any_order")
                                ? new SchemaOptions(
                                        SchemaOptions.Whitespace.FLEXIBLE, SchemaOptions.Order.ANY)
                                : SchemaOptions.SERVED;
                yield schema(schema, options);
            }
            case "qwen_xml" -> {
                if (format.flag("any_order")) {
                    throw format.field("any_order").unsupported("any_order with qwen_xml");
                }
                yield xml(schema);
            }
            default -> throw format.field("style").unsupported("the style '" + style + "'");
        };
    }

    private Symbol schema(Field schema, SchemaOptions options) {
        return within(schema, () -> schemas.grammar(schema.value(), options));
    }

    private Symbol xml(Field schema) {
        try {
            return new XmlArguments(pieces, schemas).of(schema.value());
        } catch (GrammarException e) {
            throw inside(schema, e);
        }
    }

    private Symbol within(Field field, Supplier<Grammar> maker) {
        try {
            return pieces.include(maker.get());
        } catch (GrammarException e) {
            throw inside(field, e);
        }
    }

    private static GrammarException inside(Field field, GrammarException e) {
        return new GrammarException(e.getMessage(), field.pointer(), e.unsupported());
    }

    private Regex regex(Field pattern) {
        try {
            return PatternSyntax.parse(pattern.text(), Dialect.RUST);
        } catch (GrammarException e) {
            throw inside(pattern, e);
        }
    }

    private Symbol anyText(Field format) {
        format.allowOnly("type", "excludes", "max_chars");
        List<String> unwanted = Pieces.joined(ends, format.texts("excludes"));
        return pieces.terminal(
                format.isSet("max_chars")
                        ? pieces.textWithout(unwanted, format.field("max_chars").count())
                        : pieces.textWithout(unwanted));
    }

    private Symbol repeat(Field format) {
        format.allowOnly("type", "min", "max", "content");
        int min = format.field("min").count();
        JsonNode most = format.field("max").value();
        boolean endless = most.isInt() && most.intValue() == -1;
        int max = endless ? -1 : format.field("max").count();
        if (max >= 0 && max < min) {
            throw format.field("max").error("'max' is " + max + ", below 'min', " + min);
        }
        return pieces.repeat(format(format.field("content")), min, max);
    }

    /** A tag: what begins it, what is in it, what ends it. */
    Symbol tag(Field tag) {
        tag.allowOnly("type", "begin", "content", "end");
        List<String> texts = new ArrayList<>();
        Symbol end = end(tag.field("end"), texts);
        List<String> around = ends;
        ends = texts;
        Symbol content = format(tag.field("content"));
        ends = around;
        Field begin = tag.field("begin");
        Symbol start = begin.value().isObject() ? format(begin) : pieces.exactly(begin.text());
        return pieces.sequence(start, content, end);
    }

    /** What ends a tag; its texts go into a list. */
    private Symbol end(Field end, List<String> texts) {
        if (end.value().isObject()) {
            return format(end);
        }
        if (!end.value().isArray()) {
            texts.add(end.text());
            return pieces.exactly(end.text());
        }
        List<Symbol> ways = new ArrayList<>();
        for (Field one : end.someElements()) {
            texts.add(one.text());
            ways.add(pieces.exactly(one.text()));
        }
        return pieces.choice(ways);
    }

    private Symbol triggeredTags(Field format) {
        format.allowOnly(
                "type", "triggers", "tags", "at_least_one", "stop_after_first", "excludes");
        List<String> triggers =
                format.field("triggers").someElements().stream().map(Field::text).toList();
        List<Symbol> tags = new ArrayList<>();
        for (Field tag : format.field("tags").someElements()) {
            checkTriggered(tag.field("begin"), tag.field("begin").text(), triggers);
            tags.add(tag(tag));
        }
        List<String> unwanted =
                Pieces.joined(Pieces.joined(triggers, ends), format.texts("excludes"));
        return among(format, tags, unwanted);
    }

    private Symbol among(Field format, List<Symbol> tags, List<String> unwanted) {
        return pieces.among(
                pieces.choice(tags),
                pieces.terminal(pieces.textWithout(unwanted)),
                format.flag("at_least_one"),
                format.flag("stop_after_first"));
    }

    private Symbol separatedTags(Field format) {
        format.allowOnly("type", "tags", "separator", "at_least_one", "stop_after_first");
        List<Symbol> tags = new ArrayList<>();
        format.field("tags").someElements().forEach(tag -> tags.add(tag(tag)));
        Symbol one = pieces.choice(tags);
        Symbol separator = pieces.exactly(format.field("separator").text());
        Symbol several = format.flag("stop_after_first") ? one : pieces.separated(one, separator);
        return format.flag("at_least_one") ? several : pieces.repeat(several, 0, 1);
    }

    private Symbol dispatch(Field format) {
        format.allowOnly("type", "rules", "loop", "excludes");
        List<String> patterns = new ArrayList<>();
        List<Symbol> ways = new ArrayList<>();
        for (Field rule : format.field("rules").someElements()) {
            List<Field> pair = pair(rule);
            patterns.add(pair.getFirst().text());
            ways.add(
                    pieces.sequence(
                            pieces.exactly(pair.getFirst().text()), format(pair.getLast())));
        }
        List<String> unwanted =
                Pieces.joined(Pieces.joined(patterns, ends), format.texts("excludes"));
        return looped(format, ways, pieces.terminal(pieces.textWithout(unwanted)));
    }

    /** Ways to go on from a pattern in free text, again and again unless the format says not. */
    Symbol looped(Field format, List<Symbol> ways, Symbol text) {
        boolean loops = !format.isSet("loop") || format.flag("loop");
        return pieces.among(pieces.choice(ways), text, false, !loops);
    }

    /** A pattern and a format. */
    static List<Field> pair(Field rule) {
        List<Field> pair = rule.elements();
        if (pair.size() != 2) {
            throw rule.expected("a list of a pattern and a format");
        }
        return pair;
    }
}
