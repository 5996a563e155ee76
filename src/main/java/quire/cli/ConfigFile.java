package quire.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
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

    private static final long MAX_BYTES = 1 << 20;

    private ConfigFile() {}

    /**
     * Reads the flags of a YAML file.
     *
     * @return values by property name; a list becomes a comma-separated value, an object its JSON
     * @throws ConfigurationException if the file cannot be read, is no mapping or names a flag that
     *     does not exist
     */
    static Map<String, String> read(Path file) {
        Set<String> known = knownFlags();
        Map<String, String> values = new LinkedHashMap<>();
        parse(file).properties().forEach(entry -> {
            String name = entry.getKey().replace('_', '-');
            if (!known.contains(name)) {
                throw new ConfigurationException("--config " + file + ": " + KnownFlags.explain("--" + name));
            }
            values.put(name, text(entry.getValue()));
        });
        return values;
    }

    private static JsonNode parse(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new ConfigurationException("--config " + file + " is larger than a mebibyte");
            }
            JsonNode tree = new YAMLMapper().readTree(Files.newInputStream(file));
            if (!tree.isObject()) {
                throw new ConfigurationException("--config " + file
                        + " must hold one flag a line, such as 'port: 8000'");
            }
            return tree;
        } catch (JsonProcessingException e) {
            throw new ConfigurationException("--config " + file + " is not YAML: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ConfigurationException("--config " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static Set<String> knownFlags() {
        Set<String> names = new TreeSet<>();
        for (OptionSpec option : new CommandLine(new ServeCommand()).getCommandSpec().options()) {
            for (String name : option.names()) {
                if (name.startsWith("--") && !name.equals("--config") && !option.versionHelp() && !option.usageHelp()) {
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
        return value.isObject() ? value.toString() : value.asText();
    }
}
