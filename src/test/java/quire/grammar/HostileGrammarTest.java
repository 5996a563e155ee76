package quire.grammar;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import quire.grammar.constraint.Constraint;
import quire.grammar.schema.SchemaOptions;
import quire.grammar.tag.CallForm;
import quire.grammar.tag.Tool;

/**
 * What is sent to break a server: each is refused or goes on, and nothing that it is asked for, to
 * be compiled or for the mask of one token, takes more than a second; what all of them keep is less
 * than 256 MiB.
 */
class HostileGrammarTest {

    private static final long MAX_NANOS = 1_000_000_000;
    private static final long MAX_BYTES = 256L << 20;
    private static final int STEPS = 20;
    private static final int WORDS = 30_000;

    private static final Vocabulary VOCABULARY = vocabulary();

    /** All bytes, and words of a few letters, spaces and signs. */
    private static Vocabulary vocabulary() {
        Random random = new Random(5);
        String letters = "aaabcdexyz {}\"[],:0123é\n";
        byte[][] tokens = new byte[257 + WORDS][];
        for (int id = 0; id < 256; id++) {
            tokens[id] = new byte[] {(byte) id};
        }
        for (int id = 257; id < tokens.length; id++) {
            tokens[id] =
                    IntStream.range(0, 2 + random.nextInt(7))
                            .mapToObj(i -> letters.charAt(random.nextInt(letters.length())))
                            .map(String::valueOf)
                            .collect(joining())
                            .getBytes(UTF_8);
        }
        return Vocabulary.of(tokens, new int[] {256});
    }

    private final Map<String, Constraint> cases = new LinkedHashMap<>();

    private void regex(String name, String pattern) {
        cases.put("regex: " + name, new Constraint.Pattern(pattern));
    }

    private void gbnf(String name, String grammar) {
        cases.put("grammar: " + name, new Constraint.Text(grammar));
    }

    private void schema(String name, String schema) {
        cases.put(
                "schema: " + name,
                new Constraint.JsonSchema(schema.replace('\'', '"'), SchemaOptions.SERVED));
    }

    private void tag(String name, String tag) {
        cases.put("tag: " + name, new Constraint.StructuralTag(tag.replace('\'', '"')));
    }

    private static String many(int count, String separator, String each) {
        return IntStream.range(0, count).mapToObj(each::formatted).collect(joining(separator));
    }

    @Test
    void regularExpressions() {
        regex("two ways for each pair", "(a|aa)+");
        regex("nested stars", "((a*)*)*b");
        regex("plus of pluses", "(x+x+)+y");
        regex("exponential automaton", "[ab]*a[ab]{30}");
        regex("exponential automaton, longer", "[ab]*a[ab]{3000}");
        regex("optional letters", "(a?){500}a{500}");
        regex("counts in counts", "((a{0,1000}){0,1000}){0,1000}");
        regex("counts of classes", "(\\p{L}{1,500},?){1,500}");
        regex("long count", "[a-z]{99999}");
        regex("lookaheads", many(26, "", "(?=.*%1$s)").replaceAll("\\d+", "a") + ".*");
        regex("different lookaheads", letters("(?=.*%s)") + ".*");
        regex("different negative lookaheads", letters("(?!.*%s.{20}%1$s)") + ".*");
        regex("lookahead with distance", "(?!.*a.{30}b).*");
        regex("edges of words", "(\\b.*){9}");
        regex("alternatives", many(9_000, "|", "a%d"));
        regex("classes", many(4_000, "", "[^\\d%d]"));
        regex("folded classes", "(?i)" + many(4_000, "", "[\\p{L}%d]"));
        regex("10 MB", "a".repeat(10 << 20));
        regex("groups", "(".repeat(30_000) + ")".repeat(30_000));
        regex("nothing", "(?!).*");
        regex("gap", "a.*b.*c.*d.*e.*f.*g.*h.*i.*j");
        regex("suffixes", many(200, "|", ".*a{%d}b"));
        run();
    }

    private static String letters(String each) {
        return "abcdefghijklmnopqrstuvwxyz"
                .chars()
                .mapToObj(c -> each.formatted((char) c))
                .collect(joining());
    }

    @Test
    void grammars() {
        gbnf("left recursion", "root ::= root \"a\" | \"a\"");
        gbnf("ambiguity", "root ::= root root | \"a\" | \"b\"");
        gbnf("more ambiguity", "root ::= root root root | root root | \"a\" | \"\"");
        gbnf("hidden left recursion", "root ::= e root \"a\" | \"b\"\ne ::= \"\" | \"a\"");
        gbnf("no text", "root ::= a\na ::= b \"x\"\nb ::= a");
        gbnf("circle", "root ::= a\na ::= b | \"x\"\nb ::= a");
        gbnf("empty loops", "root ::= ((\"\"*)*)* x*\nx ::= \"\" x* | \"\"{0,9999}");
        gbnf("palindromes", "root ::= \"a\" root \"a\" | \"b\" root \"b\" | [ab]?");
        gbnf(
                "doubling",
                "root ::= r0\n"
                        + many(40, "\n", "r%1$d ::= r%1$d_ r%1$d_").replaceAll("r(\\d+)_", "r$1_")
                        + "\n"
                        + doubling());
        gbnf("counts in counts", "root ::= ((x{0,1000}){0,1000}){0,1000}\nx ::= \"a\" x? \"b\"");
        gbnf("long count", "root ::= x{99999}\nx ::= \"a\" x? \"b\"");
        gbnf("alternatives", "root ::= " + many(100_000, "|", "\"a%d\""));
        gbnf(
                "rules",
                "root ::= r0\n" + many(49_000, "\n", "r%1$d ::= \"(\" r%1$d? \")\" | \"%1$d\""));
        gbnf(
                "branching rules",
                "root ::= "
                        + many(3_000, "|", "r%d")
                        + "\n"
                        + many(3_000, "\n", "r%1$d ::= \"(\" r%1$d* \")\" \"%1$d\""));
        gbnf("nesting", "root ::= \"[\" root \"]\" | (\"\" | root)* \"x\"");
        gbnf(
                "exponential automaton",
                "root ::= x* \"a\" x{30}\nx ::= \"a\" | \"b\" | \"(\" x \")\"");
        gbnf("10 MB", "root ::= \"" + "a".repeat(10 << 20) + "\"");
        gbnf("groups", "root ::= " + "(".repeat(200_000));
        gbnf("token that is not there", "root ::= <[999999999]>");
        gbnf("lark, doubling", "start: " + "a ".repeat(40) + "\na: start? start? \"x\"?");
        gbnf("lark, terminals", "start: A0\n" + many(499, "\n", "A%d: /x?/") + "\nA: A1* A2* A3*");
        gbnf("lark, ignored", "start: (\"a\" start? \"b\")*\n%ignore /[ab]*/\n%ignore /a*/");
        run();
    }

    private static String doubling() {
        StringBuilder rules = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            rules.append("r" + i + "_ ::= r" + (i + 1) + "\n");
        }
        return rules + "r40 ::= \"a\" | \"(\" r40 \")\"";
    }

    @Test
    void schemas() {
        schema("nesting", "{'properties':{'a':".repeat(20_000) + "{}" + "}}".repeat(20_000));
        schema("reference to itself", "{'$ref':'#'}");
        schema(
                "circle of references",
                "{'$ref':'#/$defs/a','$defs':{'a':{'allOf':[{'$ref':'#/$defs/a'}]}}}");
        schema("recursion", "{'anyOf':[{'type':'array','items':{'$ref':'#'}},{'const':1}]}");
        schema("long string", "{'type':'string','maxLength':1000000000}");
        schema("many items", "{'type':'array','minItems':1000000}");
        schema("values", "{'enum':[" + many(100_000, ",", "'v%d'") + "]}");
        schema(
                "properties",
                "{'type':'object','additionalProperties':false,'properties':{"
                        + many(5_000, ",", "'p%d':{'type':'integer'}")
                        + "}}");
        schema("pattern", "{'type':'string','pattern':'[ab]*a[ab]{30}'}");
        schema(
                "patterns",
                "{'allOf':[" + many(30, ",", "{'type':'string','pattern':'a.{%d}b'}") + "]}");
        schema(
                "alternatives",
                "{'anyOf':["
                        + many(
                                3_000,
                                ",",
                                "{'type':'object','properties':{'k%d':{'type':'string'}}}")
                        + "]}");
        schema(
                "exclusive alternatives",
                "{'oneOf':[" + many(40, ",", "{'type':'string','pattern':'a.{%d}b'}") + "]}");
        schema("huge numbers", "{'type':'integer','minimum':1e300,'multipleOf':7}");
        schema("10 MB", "{'const':'" + "a".repeat(10 << 20) + "'}");
        run();
    }

    @Test
    void tagsAndChoices() {
        String any = "{'type':'any_text'}";
        tag(
                "nesting",
                "{'format':"
                        + "{'type':'star','content':".repeat(50_000)
                        + any
                        + "}".repeat(50_000)
                        + "}");
        tag(
                "stars",
                "{'format':" + "{'type':'star','content':".repeat(90) + any + "}".repeat(90) + "}");
        tag(
                "triggers",
                "{'format':{'type':'triggered_tags','triggers':["
                        + many(2_000, ",", "'<t%d>'")
                        + "],'tags':["
                        + many(
                                2_000,
                                ",",
                                "{'begin':'<t%d>','content':{'type':'regex','pattern':'.*'},'end':'</t>'}")
                        + "]}}");
        tag(
                "excludes",
                "{'format':{'type':'any_text','excludes':[" + many(5_000, ",", "'a%db'") + "]}}");
        tag(
                "texts",
                "{'format':{'type':'sequence','elements':["
                        + many(300, ",", any + "%1$.0s")
                        + "]}}");
        tag("characters", "{'format':{'type':'any_text','max_chars':2000000000}}");
        tag("10 MB", "{'format':'" + "a".repeat(10 << 20) + "'}");
        List<String> texts = IntStream.range(0, 100_000).mapToObj(i -> "choice " + i).toList();
        cases.put("choice: 100,000", new Constraint.Choice(texts));
        cases.put("choice: 10 MB", new Constraint.Choice(List.of("a".repeat(10 << 20))));
        cases.put(
                "choice: prefixes",
                new Constraint.Choice(IntStream.range(0, 2_000).mapToObj("a"::repeat).toList()));
        run();
    }

    private void tools(String name, int count, String schema) {
        List<Tool> tools =
                IntStream.range(0, count)
                        .mapToObj(i -> new Tool("tool_" + i, schema.replace('\'', '"')))
                        .toList();
        for (CallForm.Arguments arguments : CallForm.Arguments.values()) {
            boolean isMarked = arguments == CallForm.Arguments.XML;
            CallForm form =
                    new CallForm(
                            isMarked ? List.of("<") : List.of(),
                            !isMarked,
                            isMarked ? "<" : "[",
                            "",
                            "(",
                            ")",
                            ", ",
                            "]",
                            arguments);
            cases.put(
                    "tools: " + name + ", " + arguments,
                    new Constraint.Tools(tools, form, true, true));
        }
    }

    @Test
    void callsOfTools() {
        String itself =
                many(12, ",", "'a%d':{'anyOf':[" + many(9, ",", "{'$ref':'#/$defs/a%d'}") + "]}");
        tools("many", 1024, "{'type':'object','properties':{'a':{'type':'string'}}}");
        tools(
                "alternatives of themselves",
                1,
                "{'properties':{'a':{'$ref':'#/$defs/a0'}},'$defs':{" + itself + "}}");
        tools(
                "many arguments",
                1,
                "{'properties':{" + many(2_000, ",", "'a%d':{'type':['string','null']}") + "}}");
        tools(
                "many definitions for many",
                20,
                "{'properties':{"
                        + many(100, ",", "'a%d':{'$ref':'#/$defs/b%1$d'}")
                        + "},'$defs':{"
                        + many(2_000, ",", "'b%d':{'type':'integer'}")
                        + "}}");
        tools(
                "many slow ones",
                50,
                "{'properties':{'a':{'type':'array','items':{'oneOf':["
                        + many(12, ",", "{'type':'string','pattern':'a.{%d}b'}")
                        + "]}}}}");
        run();
    }

    @Test
    void bothOutcomesHappen() {
        new Constraint.Pattern("[ab]*a[ab]{30}").toGrammar(Map.of());
        assertThrows(
                GrammarException.class,
                () -> new Constraint.Pattern("a".repeat(10 << 20)).toGrammar(Map.of()));
    }

    private void run() {
        speak(new Constraint.Pattern("[a-z ]+"), new ArrayList<>());
        long before = usedBytes();
        List<Object> kept = new ArrayList<>();
        assertAll(
                cases.entrySet().stream()
                        .map(one -> (Executable) () -> check(one.getKey(), one.getValue(), kept)));
        long bytes = usedBytes() - before;
        assertTrue(bytes < MAX_BYTES, (bytes >> 20) + " MiB are kept of " + kept.size());
    }

    private static void check(String name, Constraint constraint, List<Object> kept) {
        List<Long> times = new ArrayList<>();
        Object made = speak(constraint, times);
        kept.add(made);
        long slowest = times.stream().mapToLong(Long::longValue).max().orElse(0);
        assertTrue(slowest < MAX_NANOS, name + " took " + slowest / 1_000_000 + " ms: " + made);
    }

    /** What was made of it, or why it was refused. */
    private static Object speak(Constraint constraint, List<Long> times) {
        long start = cpuNanos();
        try {
            CompiledGrammar compiled =
                    CompiledGrammar.compile(constraint.toGrammar(Map.of()), VOCABULARY);
            Matcher matcher = compiled.newMatcher();
            times.add(cpuNanos() - start);
            Random random = new Random(3);
            for (int i = 0; i < STEPS && !matcher.mustEnd(); i++) {
                start = cpuNanos();
                long[] words = new long[(VOCABULARY.size() + 63) / 64];
                matcher.fillMask(words);
                matcher.forced();
                BitSet allowed = BitSet.valueOf(words);
                allowed.clear(256);
                int token = allowed.nextSetBit(random.nextInt(VOCABULARY.size()));
                token = token < 0 ? allowed.nextSetBit(0) : token;
                if (token < 0) {
                    assertTrue(matcher.mayEnd(), "nothing is allowed and it may not end");
                    break;
                }
                assertTrue(matcher.accept(token), "a token of the mask is not accepted");
                times.add(cpuNanos() - start);
            }
            return List.of(compiled, matcher);
        } catch (GrammarException e) {
            times.add(cpuNanos() - start);
            return e;
        }
    }

    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static long usedBytes() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
