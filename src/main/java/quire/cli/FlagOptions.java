package quire.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import quire.error.ConfigurationException;
import quire.settings.Flag;
import quire.settings.FlagGroup;
import quire.settings.Flags;
import quire.settings.Given;
import quire.settings.Kind.Arity;
import quire.settings.Origin;

/** Rows of {@link Flags} as options of a command, and what was given for them. */
final class FlagOptions {

    private FlagOptions() {}

    /** Adds flags below the titles of their groups. */
    static void addGroups(CommandSpec spec, List<Flag<?>> flags) {
        for (FlagGroup group : FlagGroup.values()) {
            ArgGroupSpec.Builder section =
                    ArgGroupSpec.builder()
                            .heading("%n" + group.title() + "%n")
                            .validate(false)
                            .order(group.ordinal());
            List<Flag<?>> members = group.flags().stream().filter(flags::contains).toList();
            members.forEach(flag -> section.addArg(option(flag)));
            if (!members.isEmpty()) {
                spec.addArgGroup(section.build());
            }
        }
    }

    /** The option for a flag. */
    static OptionSpec option(Flag<?> flag) {
        OptionSpec.Builder option =
                OptionSpec.builder(Origin.COMMAND_LINE.spell(flag.name()))
                        .paramLabel(flag.label())
                        .description(description(flag));
        switch (flag.kind().arity()) {
            case SWITCH -> option.type(Boolean.class).arity("0").negatable(true);
            case ONE, OBJECT -> option.type(String.class).arity("1");
            case MANY -> option.type(List.class).auxiliaryTypes(String.class).arity("1..*");
        }
        if (!flag.kind().candidates().isEmpty()) {
            option.completionCandidates(flag.kind().candidates());
        }
        return option.build();
    }

    private static String description(Flag<?> flag) {
        return flag.help()
                + (flag.kind().arity() == Arity.SWITCH ? "" : "; " + flag.kind().takes())
                + "; default "
                + flag.defaultWords().replace("`", "");
    }

    /**
     * What the parser found for flags.
     *
     * @param model as it stands alone, without its flag
     * @throws ConfigurationException naming the first that is empty or took what is another's
     */
    static Map<Flag<?>, Given> given(
            CommandSpec spec, List<Flag<?>> flags, Optional<String> model) {
        Map<Flag<?>, Given> given = new LinkedHashMap<>();
        for (Flag<?> flag : flags) {
            List<String> texts = texts(spec, flag);
            if (!texts.isEmpty()) {
                given.put(flag, checked(spec, flag, texts));
            }
        }
        if (model.isPresent()) {
            Given alone = checked(spec, Flags.MODEL, List.of(model.get()));
            Given twice = given.put(Flags.MODEL, alone);
            if (twice != null) {
                throw new ConfigurationException(twice(model.get(), twice.texts().getFirst()));
            }
        }
        if (!given.containsKey(Flags.MODEL)) {
            given.values().forEach(FlagOptions::refuseSwallowedModel);
        }
        return given;
    }

    /** The sentence about a model that stands alone and behind its flag. */
    static String twice(String alone, String behindFlag) {
        return "the model is given twice: "
                + alone
                + " and --model "
                + behindFlag
                + "; leave one out";
    }

    private static List<String> texts(CommandSpec spec, Flag<?> flag) {
        return switch (spec.findOption(Origin.COMMAND_LINE.spell(flag.name())).getValue()) {
            case null -> List.of();
            case List<?> list -> list.stream().map(Object::toString).toList();
            case Object one -> List.of(one.toString());
        };
    }

    private static Given checked(CommandSpec spec, Flag<?> flag, List<String> texts) {
        Given given = Given.of(Origin.COMMAND_LINE, flag, texts);
        for (String text : texts) {
            if (text.isBlank()) {
                throw new ConfigurationException(
                        given.spelled() + " is empty; give it a value or leave the flag out");
            }
            if (text.startsWith("--")) {
                // The parser takes a flag that it does not know for a value of the flag before.
                throw new ConfigurationException(Unmatched.sentence(spec.commandLine(), text));
            }
        }
        return given;
    }

    private static void refuseSwallowedModel(Given given) {
        String last = given.texts().getLast();
        if (given.texts().size() > 1 && (last.endsWith(".gguf") || Files.exists(Path.of(last)))) {
            throw new ConfigurationException(
                    given.spelled()
                            + " takes every word behind it, also '"
                            + last
                            + "'; put the model first");
        }
    }
}
