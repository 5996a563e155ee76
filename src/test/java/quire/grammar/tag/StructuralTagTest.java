package quire.grammar.tag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.grammar.Grammar;
import quire.grammar.GrammarException;
import quire.grammar.Speaker;

/** JSON in single quotes, for legibility. */
class StructuralTagTest {

    private static final Map<String, Integer> SPECIAL =
            Map.of("<think>", Speaker.SPECIAL, "</think>", Speaker.SPECIAL + 1);

    private static final String WEATHER =
            "{'type':'object','properties':{'city':{'type':'string'}},'required':['city'],"
                    + "'additionalProperties':false}";

    private static Grammar tag(String tag) {
        return StructuralTag.grammar(tag.replace('\'', '"'), SPECIAL);
    }

    private static Grammar format(String format) {
        return tag("{'type':'structural_tag','format':" + format + "}");
    }

    private static void assertAccepts(boolean expected, Grammar grammar, String text) {
        assertEquals(expected, Speaker.accepts(grammar, text), text);
    }

    @Test
    void theOlderFormHasRegionsThatBeginWithTriggers() {
        Grammar grammar =
                tag(
                        "{'type':'structural_tag','triggers':['<function='],'structures':["
                                + "{'begin':'<function=weather>','schema':"
                                + WEATHER
                                + ",'end':'</function>'},"
                                + "{'begin':'<function=now>','schema':{'type':'object',"
                                + "'additionalProperties':false},'end':'</function>'}]}");
        assertAccepts(true, grammar, "Just < text, no function.");
        assertAccepts(
                true,
                grammar,
                "Look: <function=weather>{\"city\": \"Bonn\"}</function> and"
                        + " <function=now>{}</function>.");
        assertAccepts(false, grammar, "<function=weather>{\"town\": \"Bonn\"}</function>");
        assertAccepts(false, grammar, "<function=other>{}</function>");
        assertAccepts(false, grammar, "<function=now>{}");
        assertFalse(Speaker.begins(grammar, "<function=weather>Bonn"));
    }

    @Test
    void tagsThatAreTriggered() {
        String tags =
                "'triggers':['<a','<b'],'tags':[{'type':'tag','begin':'<a>','content':"
                        + "{'type':'regex','pattern':'[0-9]+'},'end':'</a>'},"
                        + "{'begin':'<b>','content':{'type':'any_text'},'end':['</b>','<.b>']}]";
        Grammar any = format("{'type':'triggered_tags'," + tags + "}");
        assertAccepts(true, any, "");
        assertAccepts(true, any, "x<a>12</a>y<b>any < text</b>");
        assertAccepts(true, any, "<b>x<.b>");
        assertAccepts(false, any, "<a>x</a>");
        assertAccepts(false, any, "<b>x");
        Grammar one = format("{'type':'triggered_tags','stop_after_first':true," + tags + "}");
        assertAccepts(true, one, "x<a>1</a>");
        assertAccepts(false, one, "x<a>1</a>y");
        Grammar some = format("{'type':'triggered_tags','at_least_one':true," + tags + "}");
        assertAccepts(false, some, "x<a>1</a>");
        assertAccepts(true, some, "<a>1</a>x<a>2</a>");
        assertAccepts(false, some, "");
        Grammar excluding = format("{'type':'triggered_tags','excludes':['no']," + tags + "}");
        assertAccepts(false, excluding, "no<a>1</a>");
        Grammar first =
                format(
                        "{'type':'triggered_tags','at_least_one':true,'stop_after_first':true,"
                                + tags
                                + "}");
        assertAccepts(true, first, "<a>1</a>");
        assertAccepts(false, first, "<a>1</a><a>1</a>");
    }

    @Test
    void tagsWithSeparators() {
        String tags =
                "'separator':', ','tags':[{'begin':'(','content':{'type':'const_string','value':"
                        + "'x'},'end':')'}]";
        Grammar any = format("{'type':'tags_with_separator'," + tags + "}");
        assertAccepts(true, any, "");
        assertAccepts(true, any, "(x), (x)");
        assertAccepts(false, any, "(x)(x)");
        Grammar one =
                format(
                        "{'type':'tags_with_separator','at_least_one':true,'stop_after_first':true,"
                                + tags
                                + "}");
        assertAccepts(false, one, "");
        assertAccepts(true, one, "(x)");
        assertAccepts(false, one, "(x), (x)");
    }

    @Test
    void thoughtsBetweenSpecialTokens() {
        Grammar grammar =
                format(
                        "{'type':'sequence','elements':[{'type':'tag','begin':'<think>','content':"
                                + "{'type':'any_text'},'end':'</think>'},{'type':'or','elements':["
                                + "{'type':'const_string','value':'yes'},{'type':'grammar','grammar':'root"
                                + " ::= [n] [o]'}]}]}");
        Speaker speaker = new Speaker(grammar);
        assertFalse(speaker.say("<"));
        assertTrue(speaker.sayToken(Speaker.SPECIAL));
        assertTrue(speaker.say("let me see </think>"));
        assertFalse(speaker.mayEnd());
        assertTrue(speaker.sayToken(Speaker.SPECIAL + 1));
        assertTrue(speaker.say("no"));
        assertTrue(speaker.mayEnd());
        Speaker tokens =
                new Speaker(
                        format(
                                "{'type':'token_triggered_tags','trigger_tokens':['<think>'],'tags':[{"
                                        + "'begin':{'type':'token','token':'<think>'},'content':"
                                        + "{'type':'any_tokens'},'end':{'type':'token','token':258}}]}"));
        assertTrue(tokens.say("text"));
        assertTrue(tokens.sayToken(Speaker.SPECIAL));
        assertFalse(tokens.mayEnd());
        assertTrue(tokens.sayToken(258));
        assertTrue(tokens.mayEnd());
    }

    @Test
    void smallFormats() {
        assertAccepts(true, format("{'type':'any_text','excludes':['</b>'],'max_chars':3}"), "é<é");
        assertAccepts(false, format("{'type':'any_text','max_chars':3}"), "abcd");
        String x = "{'type':'const_string','value':'x'}";
        assertAccepts(true, format("{'type':'optional','content':" + x + "}"), "");
        assertAccepts(true, format("{'type':'star','content':" + x + "}"), "xx");
        assertAccepts(false, format("{'type':'plus','content':" + x + "}"), "");
        assertAccepts(
                false, format("{'type':'repeat','min':1,'max':2,'content':" + x + "}"), "xxx");
        assertAccepts(
                true, format("{'type':'repeat','min':1,'max':-1,'content':" + x + "}"), "xxx");
        Grammar dispatch = format("{'type':'dispatch','rules':[['#'," + x + "]],'loop':false}");
        assertAccepts(true, dispatch, "a#x");
        assertAccepts(false, dispatch, "a#y");
        assertAccepts(false, dispatch, "a#x#x");
        assertAccepts(
                true,
                format("{'type':'json_schema','json_schema':" + WEATHER + "}"),
                "{\"city\":\"\"}");
    }

    @Test
    void argumentsAsQwenWritesThem() {
        Grammar grammar =
                format(
                        "{'type':'qwen_xml_parameter','json_schema':{'type':'object','properties':{"
                                + "'city':{'type':'string','maxLength':9},'unit':{'enum':['c','f']},"
                                + "'days':{'$ref':'#/$defs/days'}},'required':['city','days'],'$defs':{"
                                + "'days':{'type':'integer'}}}}");
        assertAccepts(
                true,
                grammar,
                "<parameter=city>\nBo\"<nn\n</parameter>\n<parameter=days>\n3\n</parameter>\n");
        assertAccepts(
                true,
                grammar,
                "<parameter=city>\nBonn\n</parameter>\n<parameter=unit>\nf\n</parameter>\n"
                        + "<parameter=days>\n3\n</parameter>\n");
        assertAccepts(false, grammar, "<parameter=city>\nBonn\n</parameter>\n");
        assertFalse(
                Speaker.begins(
                        grammar, "<parameter=city>\nBonn\n</parameter>\n<parameter=days>\nx"));
        assertFalse(Speaker.begins(grammar, "<parameter=city>\nBonn is a town"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '§',
            quoteCharacter = '`',
            value = {
                "{'type':'nothing'}§/format/type§the format 'nothing'",
                "{'type':'regex'}§/format§'pattern' is missing",
                "{'type':'regex','pattern':'(a'}§/format/pattern§does not end",
                "{'type':'regex','pattern':5}§/format/pattern§expected a string, found 5",
                "{'type':'any_text','max_tokens':5}§/format/max_tokens§'max_tokens' is not known"
                        + " here",
                "{'type':'or','elements':[]}§/format/elements§at least one element",
                "{'type':'or','elements':[{'type':'x'}]}§/format/elements/0/type§the format 'x'",
                "{'type':'json_schema','style':'glm_xml','json_schema':{}}§/format/style§'glm_xml'",
                "{'type':'token','token':'<no>'}§/format/token§no special token '<no>'",
                "{'type':'triggered_tags','triggers':['<a'],'tags':[{'begin':'<b','content':{'type':'any_text'},'end':''}]}§/format/tags/0/begin§none"
                        + " of the triggers",
                "{'type':'grammar','grammar':'root ::= x'}§/format/grammar§line 1, column 10",
                "{'type':'repeat','min':3,'max':2,'content':{'type':'any_text'}}§/format/max§below"
                        + " 'min'",
                "5§/format§expected an object, found 5",
            })
    void whatIsWrongIsSaidWithItsPlace(String format, String pointer, String what) {
        GrammarException e = assertThrows(GrammarException.class, () -> format(format));
        assertEquals(pointer, e.position());
        assertTrue(e.getMessage().contains(what), e.getMessage());
    }

    @Test
    void hostileTagsAreRefused() {
        assertThrows(GrammarException.class, () -> tag("{'type':'structural_tag'}"));
        assertThrows(
                GrammarException.class,
                () -> tag("{'type':'structural_tag','format':{'type':'any_text'},'strict':true}"));
        assertThrows(GrammarException.class, () -> tag("nonsense"));
        assertThrows(GrammarException.class, () -> tag("[".repeat(1 << 19)));
        assertThrows(GrammarException.class, () -> tag(" ".repeat(10 << 20)));
        assertThrows(
                GrammarException.class,
                () ->
                        format(
                                "{'type':'star','content':".repeat(20_000)
                                        + "{}"
                                        + "}".repeat(20_000)));
    }
}
