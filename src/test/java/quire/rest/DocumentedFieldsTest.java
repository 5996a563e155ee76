package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import quire.rest.api.model.CreateChatCompletionRequest;
import quire.rest.api.model.CreateCompletionRequest;

/** docs/api.md names the fields that are refused, all of them and no others. */
class DocumentedFieldsTest {

    @Test
    void refusedFieldsAreThoseOfTheCode() throws IOException {
        TreeSet<String> names = new TreeSet<>();
        names.addAll(UnsupportedFields.names(CreateChatCompletionRequest.class));
        names.addAll(UnsupportedFields.names(CreateCompletionRequest.class));
        String expected =
                names.stream()
                        .map(name -> name.startsWith("guided_") ? "guided_*" : name)
                        .distinct()
                        .map(name -> "`" + name + "`")
                        .collect(Collectors.joining(", "));
        String page = Files.readString(Path.of("docs/api.md")).replaceAll("\\s+", " ");
        String before = "Refused with a 400 unless they carry the value that asks for nothing: ";
        int start = page.indexOf(before) + before.length();
        assertEquals(expected, page.substring(start, page.indexOf("; of messages", start)));
    }
}
