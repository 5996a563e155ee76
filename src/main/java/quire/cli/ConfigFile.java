package quire.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import quire.error.ConfigurationException;

/** The file behind {@code --config}: flags of {@code serve} without their dashes, one a line. */
final class ConfigFile {

    private static final int MAX_BYTES = 1 << 20;
    private static final String NEGATION = "no-";
    private static final String CHUNKED_PREFILL = "enable-chunked-prefill";
    private static final YAMLMapper YAML =
            YAMLMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    private ConfigFile() {}

    /**
     * Reads the flags of a YAML file.
     *
     * @return values by property name; a list becomes a comma-separated value, an object its JSON
     * @throws ConfigurationException if the file cannot be read, is no mapping, names a flag that
     *     does not exist or gives one no value
     */
    static Map<String, String> read(Path file) {
        Set<String> known = knownFlags();
        Map<String, String> values = new LinkedHashMap<>();
        parse(file)
                .properties()
                .forEach(
                        entry -> {
                            String name = entry.getKey().replace('_', '-');
                            String value = text(entry.getValue());
                            if (name.startsWith(NEGATION)
                                    && known.contains(name.substring(NEGATION.length()))) {
                                name = name.substring(NEGATION.length());
                                value = negate(file, entry.getKey(), value);
                            }
                            if (!known.contains(name)) {
                                throw wrong(file, KnownFlags.explain("--" + name));
                            }
                            if (value.isBlank()) {
                                throw wrong(file, entry.getKey() + " has no value");
                            }
                            if (name.equals(CHUNKED_PREFILL)) {
                                requireTrue(file, name, value);
                            } else if (values.put(name, value) != null) {
                                throw wrong(file, name + " is given twice");
                            }
                        });
        return values;
    }

    private static String negate(Path file, String key, String value) {
        return switch (value) {
            case "true" -> "false";
            case "false" -> "true";
            default -> throw wrong(file, key + " '" + value + "' is neither true nor false");
        };
    }

    private static void requireTrue(Path file, String name, String value) {
        if (!value.equals("true")) {
            throw wrong(
                    file,
                    name
                            + " '"
                            + value
                            + "' is not supported yet: long prompts are always computed in pieces");
        }
    }

    private static JsonNode parse(Path file) {
        try (InputStream bytes = Files.newInputStream(file)) {
            byte[] content = bytes.readNBytes(MAX_BYTES + 1);
            if (content.length > MAX_BYTES) {
                throw new ConfigurationException("--config " + file + " is larger than a mebibyte");
            }
            JsonNode tree = YAML.readTree(content);
            if (!tree.isObject()) {
                throw new ConfigurationException(
                        "--config " + file + " must hold one flag a line, such as 'port: 8000'");
            }
            return tree;
        } catch (JsonProcessingException e) {
            throw new ConfigurationException(
                    "--config "
                            + file
                            + " is not YAML: "
                            + e.getOriginalMessage().lines().findFirst().orElse("unreadable")
                            + (e.getLocation() == null
                                    ? ""
                                    : " in line " + e.getLocation().getLineNr()),
                    e);
        } catch (NoSuchFileException e) {
            throw new ConfigurationException("--config " + file + " does not exist", e);
        } catch (IOException e) {
            throw new ConfigurationException(
                    "--config " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static Set<String> knownFlags() {
        Set<String> names = new TreeSet<>();
        for (OptionSpec option : new CommandLine(new ServeCommand()).getCommandSpec().options()) {
            for (String name : option.names()) {
                if (name.startsWith("--")
                        && !name.equals("--config")
                        && !option.versionHelp()
                        && !option.usageHelp()) {
                    names.add(name.substring(2));
                }
            }
        }
        return names;
    }

    private static String text(JsonNode value) {
        if (value.isArray()) {
            StringBuilder joined = new StringBuilder();
            value.forEach(item -> joined.append(joined.isEmpty() ? "" : ",").append(item.asText()));
            return joined.toString();
        }
        if (value.isNull()) {
            return "";
        }
        return value.isObject() ? value.toString() : value.asText();
    }

    private static ConfigurationException wrong(Path file, String sentence) {
        return new ConfigurationException("--config " + file + ": " + sentence);
    }
}
