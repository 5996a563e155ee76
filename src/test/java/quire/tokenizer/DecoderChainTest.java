package quire.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.error.CheckpointException;

class DecoderChainTest {

    private static final long SEED = 7;

    /** Words, spaces in all forms, byte tokens that join to é and to nothing, one special. */
    private static final List<String> VOCABULARY =
            List.of(
                    "<s>",
                    "a",
                    "\u2581",
                    "\u2581b",
                    "\u2581\u2581",
                    " ",
                    "  c",
                    "c ",
                    "<0xC3>",
                    "<0xA9>",
                    "<0xFF>",
                    "<0x41>",
                    "<0xG1>",
                    "\u0120d",
                    "\u00C3",
                    "\u00A9",
                    "\u00E9\u2581",
                    "#",
                    "e#f");

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "{'type':'ByteLevel','add_prefix_space':true,'trim_offsets':true,'use_regex':true}",
                "{'type':'Metaspace','replacement':'\u2581','prepend_scheme':'always','split':true}",
                "{'type':'Metaspace','replacement':'\u2581','prepend_scheme':'first','split':false}",
                "{'type':'Metaspace','replacement':'\u2581','prepend_scheme':'never','split':true}",
                "{'type':'Metaspace','replacement':'\u2581','add_prefix_space':true}",
                "{'type':'Fuse'}",
                "{'type':'ByteFallback'}",
                "{'type':'Strip','content':' ','start':1,'stop':0}",
                "{'type':'Replace','pattern':{'Regex':'[#\u2581]+'},'content':'$1'}",
                "{'type':'Sequence','decoders':[{'type':'Replace','pattern':{'String':'\u2581'},"
                        + "'content':' '},{'type':'ByteFallback'},{'type':'Fuse'},"
                        + "{'type':'Strip','content':' ','start':1,'stop':0}]}",
                "{'type':'Sequence','decoders':[{'type':'Replace','pattern':{'String':'\u2581'},"
                        + "'content':' '},{'type':'ByteFallback'},{'type':'Fuse'},"
                        + "{'type':'Strip','content':' ','start':3,'stop':0}]}",
                "{'type':'Sequence','decoders':[{'type':'Replace','pattern':{'String':'\u2581'},"
                        + "'content':' '},{'type':'ByteFallback'},{'type':'Fuse'}]}",
                "{'type':'Sequence','decoders':[{'type':'Sequence','decoders':[{'type':'Metaspace',"
                        + "'replacement':'\u2581','prepend_scheme':'always','split':true}]},"
                        + "{'type':'Strip','content':'#','start':1,'stop':0}]}",
            })
    void decodesTokenByTokenWhatTheLibraryDecodesAtOnce(String decoder) throws IOException {
        try (Tokenizer tokenizer = Tokenizer.load(file(decoder).getParent())) {
            Random random = new Random(SEED);
            for (int round = 0; round < 2000; round++) {
                int[] ids = random.ints(1 + random.nextInt(7), 0, VOCABULARY.size()).toArray();
                for (boolean skip : new boolean[] {true, false}) {
                    assertEquals(
                            tokenizer.decode(ids, skip),
                            pieces(tokenizer.detokenizer(skip), ids),
                            () -> decoder + Arrays.toString(ids) + ", seed " + SEED);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'WordPiece','prefix':'##','cleanup':true}",
                "{'type':'Sequence','decoders':[{'type':'Fuse'},{'type':'Replace','pattern':"
                        + "{'String':'a'},'content':'b'}]}",
                "{'type':'Sequence','decoders':[{'type':'Fuse'},{'type':'Strip','content':' ',"
                        + "'start':0,'stop':1}]}",
                "{'type':'Sequence','decoders':[{'type':'ByteFallback'},{'type':'ByteLevel'}]}",
                "{'type':'Strip','content':' ','start':1,'stop':1}",
                "{'type':'Replace','pattern':{'Regex':'['},'content':'b'}",
            })
    void refusesADecoderThatCannotRunTokenByToken(String decoder) throws IOException {
        Path file = file(decoder);
        CheckpointException refusal =
                assertThrows(
                        CheckpointException.class, () -> Tokenizer.load(file.getParent()).close());
        assertTrue(refusal.getMessage().contains(file.toString()), refusal.getMessage());
        assertTrue(refusal.getMessage().endsWith("."), refusal.getMessage());
    }

    @Test
    void specialTokensBehindOthersHaveNoSpaceWhereNoneIsWanted() throws IOException {
        int[] ids = {1, 0, 0, 1, 0};
        int[] promptThatEndsWithOne = {1, 0};
        try (Tokenizer tokenizer = Tokenizer.load(file("null").getParent())) {
            assertEquals(
                    " a <s> <s> a <s>",
                    pieces(tokenizer.detokenizer(promptThatEndsWithOne, false, false), ids));
            assertEquals(
                    " a <s><s> a <s>",
                    pieces(tokenizer.detokenizer(promptThatEndsWithOne, false, true), ids));
            assertEquals(
                    " <s><s>",
                    pieces(
                            tokenizer.detokenizer(promptThatEndsWithOne, false, true),
                            new int[] {0, 0}));
            assertEquals(
                    " <s><s> a",
                    pieces(
                            tokenizer.detokenizer(promptThatEndsWithOne, true, true, 0),
                            new int[] {0, 0, 1}));
        }
    }

    private static String pieces(Detokenizer detokenizer, int... ids) {
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            text.append(detokenizer.append(id));
        }
        return text.append(detokenizer.finish()).toString();
    }

    @Test
    void theByteAlphabetCoversEveryByteOnce() {
        StringBuilder all = new StringBuilder();
        for (int b = 0; b < 256; b++) {
            all.append(ByteAlphabet.charOf(b));
        }
        assertEquals(256, all.chars().distinct().count());
        byte[] bytes = ByteAlphabet.bytes(all.toString()).orElseThrow();
        for (int b = 0; b < 256; b++) {
            assertEquals((byte) b, bytes[b]);
        }
        assertTrue(ByteAlphabet.bytes(" ").isEmpty());
        assertTrue(ByteAlphabet.bytes("\u2581").isEmpty());
        assertEquals('\u0120', ByteAlphabet.charOf(' '));
    }

    private Path file(String decoder) throws IOException {
        ObjectNode json = Samples.MAPPER.createObjectNode();
        json.put("version", "1.0");
        json.putArray("added_tokens")
                .addObject()
                .put("id", 0)
                .put("content", "<s>")
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", true);
        json.set("decoder", Samples.MAPPER.readTree(decoder.replace('\'', '"')));
        ObjectNode model = json.putObject("model").put("type", "BPE");
        ObjectNode vocabulary = model.putObject("vocab");
        for (int id = 0; id < VOCABULARY.size(); id++) {
            vocabulary.put(VOCABULARY.get(id), id);
        }
        model.putArray("merges");
        return Files.writeString(folder.resolve("tokenizer.json"), json.toString());
    }
}
