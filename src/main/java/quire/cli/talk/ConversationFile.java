package quire.cli.talk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import quire.Message;
import quire.error.ConfigurationException;
import quire.hub.FileReason;
import quire.settings.Given;

/**
 * A conversation as JSON: an object with the model's name and {@code messages}, as a request to
 * {@code /v1/chat/completions} has them.
 */
final class ConversationFile {

    /** Some millions of tokens. */
    private static final int MAX_BYTES = 16 << 20;

    private static final int MAX_MESSAGES = 100_000;
    private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant");

    private final Path path;

    /**
     * @param typed a path, in which {@code ~/} is the user's home
     * @throws ConfigurationException if that is no path
     */
    ConversationFile(String typed) {
        String home = System.getProperty("user.home");
        try {
            path =
                    Path.of(
                            typed.equals("~") || typed.startsWith("~/")
                                    ? home + typed.substring(1)
                                    : typed);
        } catch (InvalidPathException e) {
            throw new ConfigurationException(
                    "'" + Visible.of(typed) + "' is not a path: " + e.getReason(), e);
        }
    }

    /**
     * Writes it, whole or not at all.
     *
     * @throws ConfigurationException if that cannot be, or a file of another kind is there
     */
    void save(String model, List<Message> messages) {
        if (Files.isDirectory(path)) {
            throw isFolder();
        }
        if (Files.exists(path)) {
            try {
                load();
            } catch (ConfigurationException e) {
                throw new ConfigurationException(
                        shown() + " is there and holds no conversation; choose another name", e);
            }
        }
        ObjectNode root = RemotePartner.JSON.createObjectNode().put("model", model);
        ArrayNode all = root.putArray("messages");
        for (Message message : messages) {
            all.addObject().put("role", message.role()).put("content", message.text());
        }
        Path folder = path.toAbsolutePath().getParent();
        try {
            Path whole = Files.createTempFile(folder, ".quire", ".json");
            try {
                // Half a character, which a server may have said, is no reason to write nothing.
                Files.write(whole, (root.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8));
                Files.move(whole, path, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(whole);
            }
        } catch (IOException e) {
            throw new ConfigurationException(
                    shown() + " cannot be written: " + FileReason.of(e), e);
        }
    }

    /**
     * Reads it; a bare list of messages will do.
     *
     * @return at most one message of the role {@code system}, the first
     * @throws ConfigurationException if there is no conversation in it
     */
    List<Message> load() {
        try {
            if (Files.isDirectory(path)) {
                throw isFolder();
            }
            if (Files.exists(path) && !Files.isRegularFile(path)) {
                // A pipe would be waited for, and a device has no end.
                throw new ConfigurationException(shown() + " is no file that has an end");
            }
            JsonNode root = RemotePartner.JSON.readTree(bytes());
            return messages(root == null || root.isArray() ? root : root.get("messages"));
        } catch (NoSuchFileException e) {
            throw new ConfigurationException("there is no file " + shown(), e);
        } catch (JsonProcessingException e) {
            throw new ConfigurationException(shown() + " holds no JSON", e);
        } catch (IOException e) {
            throw new ConfigurationException(shown() + " cannot be read: " + FileReason.of(e), e);
        }
    }

    private byte[] bytes() throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new ConfigurationException(
                        shown() + " is larger than " + (MAX_BYTES >> 20) + " MiB");
            }
            return bytes;
        }
    }

    private ConfigurationException isFolder() {
        return new ConfigurationException(shown() + " is a folder; name a file in it");
    }

    private String shown() {
        return Visible.of(path.toString());
    }

    private List<Message> messages(JsonNode list) {
        if (list == null || !list.isArray() || list.size() > MAX_MESSAGES) {
            throw new ConfigurationException(
                    shown() + " has no list of at most " + MAX_MESSAGES + " messages");
        }
        List<Message> messages = new ArrayList<>();
        for (JsonNode message : list) {
            String role = message.path("role").asText();
            String where = shown() + ": message " + messages.size();
            if (!ROLES.contains(role)) {
                throw new ConfigurationException(
                        where
                                + " is of the role '"
                                + new Given("", List.of(role)).shown()
                                + "', which cannot be used");
            }
            String text = text(where, message.path("content"));
            boolean told = role.equals("system") || role.equals("developer");
            if (told && !messages.isEmpty()) {
                throw new ConfigurationException(
                        where + " is of the role " + role + ", which only the first may have");
            }
            messages.add(told ? Message.system(text) : Message.of(role, text));
        }
        return messages;
    }

    /** A text, or one in parts. */
    private static String text(String where, JsonNode content) {
        if (content.isTextual()) {
            return content.textValue();
        }
        StringBuilder text = new StringBuilder();
        for (JsonNode part : content) {
            String kind = part.path("type").asText();
            if (!kind.equals("text") || !part.path("text").isTextual()) {
                throw new ConfigurationException(
                        where
                                + " has a part of the type '"
                                + new Given("", List.of(kind)).shown()
                                + "'; only text can be used");
            }
            text.append(part.get("text").textValue());
        }
        if (!content.isArray() || content.isEmpty()) {
            throw new ConfigurationException(where + " has no text as its content");
        }
        return text.toString();
    }
}
