package quire.settings;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import quire.error.ConfigurationException;
import quire.settings.Kind.Arity;

/**
 * The file behind {@code --config}: flags of {@code serve} without their dashes, one a line. A
 * value is the text that stands there, whatever YAML would make of it: {@code 00123} keeps its
 * zeros, {@code 1e3} its e, {@code yes} stays a word.
 */
final class ConfigFile {

    private static final int MAX_BYTES = 1 << 20;
    private static final String NEGATION = "no-";

    /** The file as sentences name it: {@code --config quire.yaml}. */
    private final String named;

    private final Map<Flag<?>, Given> given = new LinkedHashMap<>();

    private ConfigFile(String named) {
        this.named = named;
    }

    /**
     * Reads the flags of a YAML file.
     *
     * @param source what named the file: {@code --config} or {@code QUIRE_CONFIG}
     * @throws ConfigurationException if the file cannot be read, is no mapping, names a flag that
     *     does not exist, gives one no value or one of another shape
     */
    static Map<Flag<?>, Given> read(String source, Path file) {
        ConfigFile config = new ConfigFile(source + " " + file);
        if (!(config.parse(file) instanceof MappingNode mapping)) {
            throw new ConfigurationException(
                    config.named + " must hold one flag a line, such as 'port: 8000'");
        }
        mapping.getValue().forEach(config::put);
        return config.given;
    }

    private Node parse(Path file) {
        try (InputStream bytes = Files.newInputStream(file)) {
            byte[] content = bytes.readNBytes(MAX_BYTES + 1);
            if (content.length > MAX_BYTES) {
                throw new ConfigurationException(named + " is larger than a mebibyte");
            }
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
            return new Yaml(new LoaderOptions())
                    .compose(
                            new StringReader(text.startsWith("\ufeff") ? text.substring(1) : text));
        } catch (YAMLException e) {
            throw new ConfigurationException(named + " is not YAML: " + problem(e), e);
        } catch (NoSuchFileException e) {
            throw new ConfigurationException(named + " does not exist", e);
        } catch (CharacterCodingException e) {
            throw new ConfigurationException(named + " is not text in UTF-8", e);
        } catch (IOException e) {
            throw new ConfigurationException(named + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static String problem(YAMLException error) {
        if (error instanceof MarkedYAMLException marked && marked.getProblemMark() != null) {
            return marked.getProblem() + " in line " + (marked.getProblemMark().getLine() + 1);
        }
        return String.valueOf(error.getMessage()).lines().findFirst().orElse("unreadable");
    }

    private void put(NodeTuple entry) {
        if (!(entry.getKeyNode() instanceof ScalarNode key)) {
            throw wrong("line " + line(entry.getKeyNode()) + " has no flag's name");
        }
        String name = key.getValue().replace('_', '-');
        boolean negated = isNegated(name);
        if (negated) {
            name = name.substring(NEGATION.length());
        }
        Optional<Flag<?>> flag = Flags.find(name).filter(found -> found != Flags.CONFIG);
        if (flag.isEmpty()) {
            throw wrong(
                    name.equals(Flags.CONFIG.name())
                            ? "a file of flags cannot name another"
                            : Flags.explain(Origin.FILE, name, key.getValue()));
        }
        String spelled = named + ": " + key.getValue();
        Given texts = new Given(spelled, texts(spelled, flag.get().kind().arity(), entry));
        if (texts.texts().isEmpty() || texts.texts().stream().anyMatch(String::isBlank)) {
            throw new ConfigurationException(spelled + " has no value");
        }
        if (negated) {
            boolean off = Kind.toggle().read(texts);
            texts = new Given(spelled, List.of(Boolean.toString(!off)));
        }
        if (given.put(flag.get(), texts) != null) {
            throw wrong(name + " is given twice");
        }
    }

    private static boolean isNegated(String name) {
        return name.startsWith(NEGATION)
                && Flags.find(name.substring(NEGATION.length()))
                        .filter(flag -> flag.kind().arity() == Arity.SWITCH)
                        .isPresent();
    }

    private List<String> texts(String spelled, Arity arity, NodeTuple entry) {
        return switch (entry.getValueNode()) {
            case ScalarNode scalar -> List.of(text(scalar));
            case SequenceNode list when arity == Arity.MANY ->
                    list.getValue().stream()
                            .map(
                                    item -> {
                                        if (item instanceof ScalarNode scalar) {
                                            return text(scalar);
                                        }
                                        throw new ConfigurationException(
                                                spelled + " has an entry that is no word");
                                    })
                            .toList();
            case MappingNode object when arity == Arity.OBJECT ->
                    List.of(YamlJson.json(spelled, object));
            default ->
                    throw new ConfigurationException(
                            spelled
                                    + " must be "
                                    + switch (arity) {
                                        case SWITCH -> "true or false";
                                        case ONE -> "one value";
                                        case OBJECT -> "an object";
                                        case MANY -> "a value or a list of values";
                                    });
        };
    }

    private static String text(ScalarNode scalar) {
        return scalar.getTag().equals(Tag.NULL) ? "" : scalar.getValue();
    }

    private static int line(Node node) {
        return node.getStartMark().getLine() + 1;
    }

    private ConfigurationException wrong(String sentence) {
        return new ConfigurationException(named + ": " + sentence);
    }
}
