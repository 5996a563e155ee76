package quire.cli.talk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.Message;
import quire.Outside;
import quire.error.ConfigurationException;

class ConversationFileTest {

    private static final List<Message> TALK =
            List.of(
                    Message.system("Be brief.\n\u001b"),
                    Message.user("Grüße, \"世界\""),
                    Message.assistant("👋"));

    @TempDir Path folder;

    private ConversationFile file(String name) {
        return new ConversationFile(folder.resolve(name).toString());
    }

    private String fault(String name) {
        return assertThrows(ConversationFileTest.FAULT, file(name)::load).getMessage();
    }

    private static final Class<ConfigurationException> FAULT = ConfigurationException.class;

    @Test
    void whatIsSavedIsLoadedAgain() throws IOException {
        file("a.json").save("demo", TALK);
        assertEquals(TALK, file("a.json").load());
        file("a.json").save("demo", TALK.subList(0, 2));
        assertEquals(TALK.subList(0, 2), file("a.json").load());
        assertEquals(
                "demo",
                new JsonMapper()
                        .readTree(Files.readString(folder.resolve("a.json")))
                        .get("model")
                        .asText());
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(1, files.count(), "nothing else is left in the folder");
        }
        file("empty.json").save("demo", List.of());
        assertEquals(List.of(), file("empty.json").load());
    }

    @Test
    void fileOfAnotherKindIsNotOverwritten() throws IOException {
        Files.writeString(folder.resolve("notes"), "mine");
        ConfigurationException error = assertThrows(FAULT, () -> file("notes").save("demo", TALK));
        assertTrue(error.getMessage().contains("holds no conversation"), error.getMessage());
        assertEquals("mine", Files.readString(folder.resolve("notes")));
    }

    @Test
    void bareListOfMessagesWillDo() throws IOException {
        Files.writeString(
                folder.resolve("list"), "[{\"role\": \"user\", \"content\": \"Hi\", \"x\": 1}]");
        assertEquals(List.of(Message.user("Hi")), file("list").load());
    }

    @Test
    void textInPartsIsTextAndPicturesAreRefused() throws IOException {
        String part = "{\"type\": \"text\", \"text\": \"%s\"}";
        String picture = "{\"type\": \"image_url\", \"image_url\": {\"url\": \"data:\"}}";
        String message = "[{\"role\": \"user\", \"content\": [%s, %s]}]";
        Files.writeString(
                folder.resolve("parts"),
                message.formatted(part.formatted("a"), part.formatted("b")));
        assertEquals(List.of(Message.user("ab")), file("parts").load());
        Files.writeString(
                folder.resolve("picture"), message.formatted(part.formatted("a"), picture));
        assertTrue(
                fault("picture")
                        .endsWith(
                                "message 0 has a part of the type 'image_url'; only text can be used"));
    }

    @Test
    void halfCharactersAreNoReasonToSaveNothing() throws IOException {
        Files.writeString(
                folder.resolve("half"), "[{\"role\": \"user\", \"content\": \"a\\ud800b\"}]");
        file("saved").save("demo", file("half").load());
        assertEquals(List.of(Message.user("a?b")), file("saved").load());
    }

    @Test
    void whatHasNoEndIsNotWaitedFor() throws Exception {
        for (String device : List.of("/dev/zero", "/dev/null", "/dev/tty")) {
            ConversationFile file = new ConversationFile(device);
            String said = device + " is no file that has an end";
            assertEquals(said, assertThrows(FAULT, file::load).getMessage());
            assertTrue(
                    assertThrows(FAULT, () -> file.save("demo", TALK))
                            .getMessage()
                            .startsWith(device + " is there and holds no conversation"));
        }
        Path pipe = folder.resolve("pipe");
        new ProcessBuilder(Outside.MKFIFO.path().toString(), pipe.toString()).start().waitFor();
        assertTrue(fault("pipe").endsWith("pipe is no file that has an end"), fault("pipe"));
        try (RandomAccessFile large =
                new RandomAccessFile(folder.resolve("large").toFile(), "rw")) {
            large.setLength(1L << 30);
        }
        assertTrue(fault("large").endsWith("large is larger than 16 MiB"), fault("large"));
    }

    @Test
    void placesThatTakeNoFileAreTold() {
        assertEquals(
                folder + " is a folder; name a file in it",
                assertThrows(
                                FAULT,
                                () -> new ConversationFile(folder.toString()).save("demo", TALK))
                        .getMessage());
        for (String place : List.of("/proc/talk.json", "/dev/null/talk.json")) {
            String said =
                    assertThrows(FAULT, () -> new ConversationFile(place).save("demo", TALK))
                            .getMessage();
            assertTrue(said.startsWith(place + " cannot be written: "), said);
            assertFalse(said.contains("Exception"), said);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{                                          | holds no JSON",
                "{}                                         | has no list of at most 100000 messages",
                "''                                         | has no list of at most",
                "{\"messages\": 3}                          | has no list of at most",
                "[3]                                        | message 0 is of the role ''",
                "[{\"role\": \"tool\", \"content\": \"\"}]  | message 0 is of the role 'tool'",
                "[{\"role\": \"user\", \"content\": []}]    | message 0 has no text as its content",
                "[{\"role\": \"user\"}]                     | message 0 has no text as its content",
            })
    void fileWithoutAConversationIsRefused(String text, String words) throws IOException {
        Files.writeString(folder.resolve("bad"), text);
        String fault = fault("bad");
        assertTrue(fault.contains(words.replace("''", "'" + "'")), fault);
        assertTrue(fault.startsWith(folder.toString()), fault);
    }

    @Test
    void systemMessageElsewhereThanFirstIsRefused() throws IOException {
        Files.writeString(
                folder.resolve("late"),
                "[{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"system\", \"content\": \"b\"}]");
        assertTrue(fault("late").contains("only the first may have"));
    }

    @Test
    void pathsThatAreNoneAreTold() {
        assertTrue(fault("none").startsWith("there is no file "));
        assertTrue(
                assertThrows(FAULT, new ConversationFile(folder.toString())::load)
                        .getMessage()
                        .contains("is a folder"));
        assertTrue(
                assertThrows(FAULT, () -> new ConversationFile("a\0b"))
                        .getMessage()
                        .startsWith("'a␀b' is not a path"));
        ConfigurationException nowhere =
                assertThrows(FAULT, () -> file("no/where").save("demo", TALK));
        assertTrue(nowhere.getMessage().contains("cannot be written"), nowhere.getMessage());
    }

    @Test
    void tildeIsTheHomeOfTheUser() {
        String missing = "~/no-such-file-of-quire.json";
        String said = assertThrows(FAULT, new ConversationFile(missing)::load).getMessage();
        assertEquals(
                "there is no file " + System.getProperty("user.home") + missing.substring(1), said);
        assertEquals(
                System.getProperty("user.home") + " is a folder; name a file in it",
                assertThrows(FAULT, new ConversationFile("~")::load).getMessage());
    }
}
