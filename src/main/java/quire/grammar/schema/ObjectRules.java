package quire.grammar.schema;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import quire.grammar.GrammarLimitException;
import quire.grammar.Regex;
import quire.grammar.Symbol;
import quire.grammar.schema.Goals.Goal;
import quire.grammar.schema.SchemaOptions.Order;

/** Writes shapes of objects as rules. */
final class ObjectRules {

    /** As many names that {@code propertyNames} lists are properties of their own. */
    private static final int MAX_LISTED_NAMES = 1000;

    private static final int MAX_REGIONS = 64;

    /** Properties that are asked for by language, of which all sets are looked at. */
    private static final int MAX_ASKED = 8;

    private final Emitter.Writer writer;
    private final Goals goals;
    private final Expansion expansion;
    private final SchemaOptions options;

    /** A property that has a name in the schema. */
    private record Declared(String name, Goal goal, boolean isRequired, Symbol symbol) {}

    /** Properties of other names, and the numbers of those {@code some} that one satisfies. */
    private record Region(StringSet names, Goal goal, List<Integer> satisfies) {}

    ObjectRules(Emitter.Writer writer, Goals goals, Expansion expansion, SchemaOptions options) {
        this.writer = writer;
        this.goals = goals;
        this.expansion = expansion;
        this.options = options;
    }

    Symbol symbol(ObjectShape shape) {
        Set<String> names = mentioned(shape);
        List<Declared> declared = new ArrayList<>();
        for (String name : names) {
            writer.budget().spend(5);
            Goal goal = shape.goal(name, goals, expansion::shape);
            boolean isRequired = shape.required().contains(name);
            if (goal != goals.nothing || isRequired) {
                declared.add(new Declared(name, goal, isRequired, entry(name, goal)));
            }
        }
        List<Region> regions = regions(shape, names);
        List<ObjectSteps.Other> others = new ArrayList<>();
        for (Region region : regions) {
            others.add(new ObjectSteps.Other(entry(region), bits(region.satisfies)));
        }
        Symbol parts = parts(shape, declared, others);
        return writer.builder()
                .sequence(writer.mark("", "{", "gap"), parts, writer.mark("gap", "}", ""));
    }

    private Symbol parts(
            ObjectShape shape, List<Declared> declared, List<ObjectSteps.Other> others) {
        List<ObjectSteps.Property> properties = new ArrayList<>();
        for (Declared one : declared) {
            properties.add(
                    new ObjectSteps.Property(one.symbol, one.isRequired, satisfied(shape, one)));
        }
        int required = (int) declared.stream().filter(Declared::isRequired).count();
        int min = shape.min() <= required ? 0 : shape.min();
        if (min > 1 && !others.isEmpty()) {
            throw SchemaNode.refused(
                    shape.counts(),
                    "at least "
                            + min
                            + " properties cannot be counted among names that the schema does not"
                            + " list, since one might come twice; list the names");
        }
        int max = shape.max();
        if (max >= 0 && others.isEmpty() && declared.size() <= max) {
            max = -1;
        }
        int asked = shape.some().size();
        Symbol comma = writer.mark("gap", ",", "gap");
        if (options.order() == Order.ANY) {
            if (max >= 0 && asked > MAX_ASKED) {
                throw SchemaNode.refused(
                        shape.some().getFirst().origin(),
                        "beside a greatest number of properties at most "
                                + MAX_ASKED
                                + " may be asked for by pattern");
            }
            List<Symbol> symbols = new ArrayList<>();
            properties.forEach(property -> symbols.add(property.symbol()));
            others.forEach(other -> symbols.add(other.symbol()));
            AnyOrder order = new AnyOrder(properties, others, asked, min, max);
            return Separated.symbol(writer.builder(), symbols, comma, order);
        }
        ObjectSteps steps = new ObjectSteps(properties, others, asked, min, max);
        return new Series<>(writer.builder(), steps, comma, writer.budget()).from(steps.start());
    }

    /** Names with conditions of their own, and all of a list of allowed ones. */
    private Set<String> mentioned(ObjectShape shape) {
        Set<String> names = new LinkedHashSet<>(shape.mentioned());
        for (Goal named : shape.names()) {
            Set<String> listed = new LinkedHashSet<>();
            boolean areListed = true;
            for (StringSet set : expansion.shape(named).strings()) {
                areListed &= set.values() != null;
                listed.addAll(set.values() == null ? Set.of() : set.values());
            }
            if (areListed && listed.size() <= MAX_LISTED_NAMES) {
                names.addAll(listed);
            }
        }
        return names;
    }

    private Symbol entry(String name, Goal goal) {
        Regex key = Regex.literal('"' + JsonText.content(name) + '"');
        return entry(key, goal);
    }

    private Symbol entry(Region region) {
        return entry(writer.notation().quoted(region.names.content()), region.goal);
    }

    private Symbol entry(Regex key, Goal goal) {
        Regex gap = writer.gap();
        Regex head = Regex.seq(key, gap, Regex.literal(":"), gap);
        return writer.builder()
                .sequence(writer.builder().terminal(head), writer.symbols().apply(goal));
    }

    /** Which of those properties that are asked for a declared one is. */
    private BitSet satisfied(ObjectShape shape, Declared one) {
        BitSet satisfied = new BitSet();
        for (int i = 0; i < shape.some().size(); i++) {
            ObjectShape.Some some = shape.some().get(i);
            if (some.names().has(one.name)) {
                requireAny(some);
                satisfied.set(i);
            }
        }
        return satisfied;
    }

    private void requireAny(ObjectShape.Some some) {
        if (some.goal() != goals.anything) {
            throw SchemaNode.refused(
                    some.origin(),
                    "it asks for a property of a name that the schema does not list and of a"
                            + " certain value, and a later one of the same name might hide it");
        }
    }

    private static BitSet bits(List<Integer> numbers) {
        BitSet bits = new BitSet();
        numbers.forEach(bits::set);
        return bits;
    }

    /** The names that are not mentioned, divided by all languages that conditions know. */
    private List<Region> regions(ObjectShape shape, Set<String> mentioned) {
        boolean isClosed =
                shape.facts().stream()
                        .anyMatch(
                                fact ->
                                        fact.additional() == goals.nothing
                                                && fact.patterns().isEmpty());
        if (isClosed) {
            return List.of();
        }
        StringSet all =
                mentioned.isEmpty()
                        ? StringSet.ALL
                        : StringSet.in(Regex.not(JsonText.spelled(mentioned)));
        List<StringSet> names = new ArrayList<>(List.of(all));
        for (Goal named : shape.names()) {
            names = split(names, expansion.shape(named).strings());
        }
        Set<StringSet> languages = new LinkedHashSet<>();
        for (ObjectShape.Fact fact : shape.facts()) {
            fact.patterns().forEach(pattern -> languages.add(pattern.names()));
        }
        shape.some().forEach(some -> languages.add(some.names()));
        List<Divided> divided = new ArrayList<>();
        names.forEach(part -> divided.add(new Divided(part, Set.of())));
        List<Divided> parts = divided;
        for (StringSet language : languages) {
            parts = divided(parts, language);
        }
        List<Region> regions = new ArrayList<>();
        for (Divided part : parts) {
            Region region = region(shape, part);
            if (region.goal != goals.nothing) {
                regions.add(region);
            }
        }
        return regions;
    }

    /** Names, and which languages they are in; in the others they are not. */
    private record Divided(StringSet names, Set<StringSet> in) {}

    private List<StringSet> split(List<StringSet> parts, List<StringSet> allowed) {
        List<StringSet> kept = new ArrayList<>();
        for (StringSet part : parts) {
            for (StringSet set : allowed) {
                kept.add(part.and(set));
            }
        }
        return kept;
    }

    private List<Divided> divided(List<Divided> parts, StringSet language) {
        List<Divided> halves = new ArrayList<>();
        for (Divided part : parts) {
            StringSet inside = part.names.and(language);
            // A part of one language is looked at when the grammar is compiled. Only overlaps,
            // of which there would soon be many, are looked at here.
            if (part.in.isEmpty() || !expansion.emptiness().isNothing(inside)) {
                Set<StringSet> in = new LinkedHashSet<>(part.in);
                in.add(language);
                halves.add(new Divided(inside, in));
            }
            for (StringSet outside : language.complement()) {
                halves.add(new Divided(part.names.and(outside), part.in));
            }
        }
        if (halves.size() > MAX_REGIONS) {
            throw new GrammarLimitException(
                    "the keyword 'patternProperties' has patterns that overlap in more than "
                            + MAX_REGIONS
                            + " ways; use fewer");
        }
        return halves;
    }

    private Region region(ObjectShape shape, Divided part) {
        Goal goal = goals.anything;
        for (ObjectShape.Fact fact : shape.facts()) {
            boolean isMatched = false;
            for (ObjectShape.Pattern pattern : fact.patterns()) {
                if (part.in.contains(pattern.names())) {
                    goal = goals.and(goal, pattern.goal());
                    isMatched = true;
                }
            }
            if (!isMatched && fact.additional() != null) {
                goal = goals.and(goal, fact.additional());
            }
        }
        List<Integer> satisfies = new ArrayList<>();
        for (int i = 0; i < shape.some().size(); i++) {
            if (part.in.contains(shape.some().get(i).names())) {
                requireAny(shape.some().get(i));
                satisfies.add(i);
            }
        }
        return new Region(part.names, goal, satisfies);
    }
}
