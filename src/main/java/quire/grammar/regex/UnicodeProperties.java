package quire.grammar.regex;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;

/** The sets that {@code \p{…}} names: general categories, scripts and properties of characters. */
final class UnicodeProperties {

    /** Long names of general categories, and the short ones. */
    private static final Map<String, String> LONG_CATEGORIES =
            Map.ofEntries(
                    Map.entry("letter", "L"),
                    Map.entry("casedletter", "LC"),
                    Map.entry("uppercaseletter", "Lu"),
                    Map.entry("lowercaseletter", "Ll"),
                    Map.entry("titlecaseletter", "Lt"),
                    Map.entry("modifierletter", "Lm"),
                    Map.entry("otherletter", "Lo"),
                    Map.entry("mark", "M"),
                    Map.entry("combiningmark", "M"),
                    Map.entry("nonspacingmark", "Mn"),
                    Map.entry("spacingmark", "Mc"),
                    Map.entry("enclosingmark", "Me"),
                    Map.entry("number", "N"),
                    Map.entry("decimalnumber", "Nd"),
                    Map.entry("digit", "Nd"),
                    Map.entry("letternumber", "Nl"),
                    Map.entry("othernumber", "No"),
                    Map.entry("punctuation", "P"),
                    Map.entry("punct", "P"),
                    Map.entry("connectorpunctuation", "Pc"),
                    Map.entry("dashpunctuation", "Pd"),
                    Map.entry("openpunctuation", "Ps"),
                    Map.entry("closepunctuation", "Pe"),
                    Map.entry("initialpunctuation", "Pi"),
                    Map.entry("finalpunctuation", "Pf"),
                    Map.entry("otherpunctuation", "Po"),
                    Map.entry("symbol", "S"),
                    Map.entry("mathsymbol", "Sm"),
                    Map.entry("currencysymbol", "Sc"),
                    Map.entry("modifiersymbol", "Sk"),
                    Map.entry("othersymbol", "So"),
                    Map.entry("separator", "Z"),
                    Map.entry("spaceseparator", "Zs"),
                    Map.entry("lineseparator", "Zl"),
                    Map.entry("paragraphseparator", "Zp"),
                    Map.entry("other", "C"),
                    Map.entry("control", "Cc"),
                    Map.entry("cntrl", "Cc"),
                    Map.entry("format", "Cf"),
                    Map.entry("privateuse", "Co"),
                    Map.entry("unassigned", "Cn"));

    private static final Map<Byte, String> CATEGORIES =
            Map.ofEntries(
                    Map.entry(Character.UPPERCASE_LETTER, "Lu"),
                    Map.entry(Character.LOWERCASE_LETTER, "Ll"),
                    Map.entry(Character.TITLECASE_LETTER, "Lt"),
                    Map.entry(Character.MODIFIER_LETTER, "Lm"),
                    Map.entry(Character.OTHER_LETTER, "Lo"),
                    Map.entry(Character.NON_SPACING_MARK, "Mn"),
                    Map.entry(Character.COMBINING_SPACING_MARK, "Mc"),
                    Map.entry(Character.ENCLOSING_MARK, "Me"),
                    Map.entry(Character.DECIMAL_DIGIT_NUMBER, "Nd"),
                    Map.entry(Character.LETTER_NUMBER, "Nl"),
                    Map.entry(Character.OTHER_NUMBER, "No"),
                    Map.entry(Character.CONNECTOR_PUNCTUATION, "Pc"),
                    Map.entry(Character.DASH_PUNCTUATION, "Pd"),
                    Map.entry(Character.START_PUNCTUATION, "Ps"),
                    Map.entry(Character.END_PUNCTUATION, "Pe"),
                    Map.entry(Character.INITIAL_QUOTE_PUNCTUATION, "Pi"),
                    Map.entry(Character.FINAL_QUOTE_PUNCTUATION, "Pf"),
                    Map.entry(Character.OTHER_PUNCTUATION, "Po"),
                    Map.entry(Character.MATH_SYMBOL, "Sm"),
                    Map.entry(Character.CURRENCY_SYMBOL, "Sc"),
                    Map.entry(Character.MODIFIER_SYMBOL, "Sk"),
                    Map.entry(Character.OTHER_SYMBOL, "So"),
                    Map.entry(Character.SPACE_SEPARATOR, "Zs"),
                    Map.entry(Character.LINE_SEPARATOR, "Zl"),
                    Map.entry(Character.PARAGRAPH_SEPARATOR, "Zp"),
                    Map.entry(Character.CONTROL, "Cc"),
                    Map.entry(Character.FORMAT, "Cf"),
                    Map.entry(Character.PRIVATE_USE, "Co"),
                    Map.entry(Character.UNASSIGNED, "Cn"));

    private static final Map<String, IntPredicate> BINARY =
            Map.ofEntries(
                    Map.entry("any", c -> true),
                    Map.entry("assigned", Character::isDefined),
                    Map.entry("ascii", c -> c < 0x80),
                    Map.entry("alphabetic", Character::isAlphabetic),
                    Map.entry("alpha", Character::isAlphabetic),
                    Map.entry("uppercase", Character::isUpperCase),
                    Map.entry("upper", Character::isUpperCase),
                    Map.entry("lowercase", Character::isLowerCase),
                    Map.entry("lower", Character::isLowerCase),
                    Map.entry("whitespace", UnicodeProperties::isWhiteSpace),
                    Map.entry("space", UnicodeProperties::isWhiteSpace),
                    Map.entry("ideographic", Character::isIdeographic),
                    Map.entry("ideo", Character::isIdeographic),
                    Map.entry("asciihexdigit", c -> c < 0x80 && Character.digit(c, 16) >= 0),
                    Map.entry("ahex", c -> c < 0x80 && Character.digit(c, 16) >= 0),
                    Map.entry("emoji", Character::isEmoji),
                    Map.entry("emojipresentation", Character::isEmojiPresentation),
                    Map.entry("emojimodifier", Character::isEmojiModifier),
                    Map.entry("emojimodifierbase", Character::isEmojiModifierBase),
                    Map.entry("emojicomponent", Character::isEmojiComponent),
                    Map.entry("extendedpictographic", Character::isExtendedPictographic));

    /** Sets that were asked for, of which there are as many as there are names. */
    private static final Map<String, CodePointSet> FOUND = new ConcurrentHashMap<>();

    /** White space as Unicode has it. */
    static CodePointSet whiteSpace() {
        return binary("whitespace").orElseThrow();
    }

    /** Digits of every script. */
    static CodePointSet digits() {
        return category("Nd").orElseThrow();
    }

    /** What words are made of: letters, marks, digits, and what joins them. */
    static CodePointSet wordCharacters() {
        return FOUND.computeIfAbsent(
                "word",
                key ->
                        CodePointSet.where(
                                c -> {
                                    int type = Character.getType(c);
                                    return Character.isAlphabetic(c)
                                            || CATEGORIES.get((byte) type).startsWith("M")
                                            || type == Character.DECIMAL_DIGIT_NUMBER
                                            || type == Character.CONNECTOR_PUNCTUATION
                                            || c == 0x200C
                                            || c == 0x200D;
                                }));
    }

    /**
     * The set of a name as it stands in the braces, such as {@code Lu}, {@code Letter}, {@code
     * Script=Greek} or {@code White_Space}.
     */
    static Optional<CodePointSet> named(String name) {
        int equals = name.indexOf('=');
        if (equals < 0) {
            return category(name).or(() -> binary(name)).or(() -> script(name));
        }
        String value = name.substring(equals + 1);
        return switch (loose(name.substring(0, equals))) {
            case "generalcategory", "gc" -> category(value);
            case "script", "sc" -> script(value);
            default -> Optional.empty();
        };
    }

    private static String loose(String name) {
        return name.replaceAll("[_\\s-]", "").toLowerCase(Locale.ROOT);
    }

    private static Optional<CodePointSet> category(String name) {
        String wanted = LONG_CATEGORIES.getOrDefault(loose(name), name);
        if (wanted.equals("LC") || wanted.equals("L&")) {
            return Optional.of(
                    FOUND.computeIfAbsent(
                            "gc=LC",
                            key ->
                                    CodePointSet.where(
                                            c -> {
                                                int type = Character.getType(c);
                                                return type >= Character.UPPERCASE_LETTER
                                                        && type <= Character.TITLECASE_LETTER;
                                            })));
        }
        boolean known =
                !wanted.isEmpty()
                        && CATEGORIES.values().stream().anyMatch(own -> own.startsWith(wanted));
        return known
                ? Optional.of(
                        FOUND.computeIfAbsent(
                                "gc=" + wanted,
                                key ->
                                        CodePointSet.where(
                                                c ->
                                                        CATEGORIES
                                                                .getOrDefault(
                                                                        (byte) Character.getType(c),
                                                                        "Cs")
                                                                .startsWith(wanted))))
                : Optional.empty();
    }

    private static Optional<CodePointSet> binary(String name) {
        String loose = loose(name);
        IntPredicate test = BINARY.get(loose);
        return test == null
                ? Optional.empty()
                : Optional.of(
                        FOUND.computeIfAbsent("is " + loose, key -> CodePointSet.where(test)));
    }

    private static Optional<CodePointSet> script(String name) {
        try {
            Character.UnicodeScript script = Character.UnicodeScript.forName(name);
            return Optional.of(
                    FOUND.computeIfAbsent(
                            "sc=" + script,
                            key ->
                                    CodePointSet.where(
                                            c -> Character.UnicodeScript.of(c) == script)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static boolean isWhiteSpace(int c) {
        return c >= 0x09 && c <= 0x0D || c == 0x85 || Character.isSpaceChar(c);
    }

    private UnicodeProperties() {}
}
