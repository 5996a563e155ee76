package quire.template.library;

import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.util.Locale;
import quire.template.values.Run;
import quire.template.values.Text;

/** C's {@code strftime} in the C locale, with glibc's flags. */
final class Strftime {

    private final LocalDateTime time;

    private Strftime(LocalDateTime time) {
        this.time = time;
    }

    /** The run's present time in a format. */
    static String now(Run run, String format) {
        run.chars(format.length());
        Strftime strftime = new Strftime(LocalDateTime.now(run.clock()));
        Text out = new Text(run);
        int at = 0;
        while (at < format.length()) {
            char c = format.charAt(at++);
            if (c != '%' || at == format.length()) {
                out.append(c);
                continue;
            }
            int from = at;
            char flag = "-_0^#".indexOf(format.charAt(at)) >= 0 ? format.charAt(at++) : 0;
            if (at == format.length()) {
                out.append('%').append(format.substring(from));
                break;
            }
            String field = strftime.field(format.charAt(at++), flag);
            out.append(field == null ? "%" + format.substring(from, at) : field);
        }
        return out.toString();
    }

    /** One field, or null for a letter that stands for nothing. */
    private String field(char letter, char flag) {
        return switch (letter) {
            case 'a' -> text(day(TextStyle.SHORT), flag);
            case 'A' -> text(day(TextStyle.FULL), flag);
            case 'b', 'h' -> text(month(TextStyle.SHORT), flag);
            case 'B' -> text(month(TextStyle.FULL), flag);
            case 'c' -> text(all("a b e H:M:S Y"), flag);
            case 'C' -> number(time.getYear() / 100, 2, '0', flag);
            case 'd' -> number(time.getDayOfMonth(), 2, '0', flag);
            case 'D', 'x' -> all("m/d/y");
            case 'e' -> number(time.getDayOfMonth(), 2, ' ', flag);
            case 'f' -> number(time.get(ChronoField.MICRO_OF_SECOND), 6, '0', (char) 0);
            case 'F' -> all("Y-m-d");
            case 'g' -> number(time.get(IsoFields.WEEK_BASED_YEAR) % 100, 2, '0', flag);
            case 'G' -> number(time.get(IsoFields.WEEK_BASED_YEAR), 4, '0', flag);
            case 'H' -> number(time.getHour(), 2, '0', flag);
            case 'I' -> number(hour12(), 2, '0', flag);
            case 'j' -> number(time.getDayOfYear(), 3, '0', flag);
            case 'k' -> number(time.getHour(), 2, ' ', flag);
            case 'l' -> number(hour12(), 2, ' ', flag);
            case 'm' -> number(time.getMonthValue(), 2, '0', flag);
            case 'M' -> number(time.getMinute(), 2, '0', flag);
            case 'n' -> "\n";
            case 'p' -> flag == '#' ? half().toLowerCase(Locale.ROOT) : half();
            case 'P' -> half().toLowerCase(Locale.ROOT);
            case 'r' -> all("I:M:S p");
            case 'R' -> all("H:M");
            case 's' ->
                    Long.toString(
                            ChronoUnit.SECONDS.between(LocalDateTime.of(1970, 1, 1, 0, 0), time));
            case 'S' -> number(time.getSecond(), 2, '0', flag);
            case 't' -> "\t";
            case 'T', 'X' -> all("H:M:S");
            case 'u' -> Integer.toString(time.getDayOfWeek().getValue());
            case 'U' -> number((time.getDayOfYear() + 6 - weekday()) / 7, 2, '0', flag);
            case 'V' -> number(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), 2, '0', flag);
            case 'w' -> Integer.toString(weekday());
            case 'W' -> number((time.getDayOfYear() + 6 - (weekday() + 6) % 7) / 7, 2, '0', flag);
            case 'y' -> number(time.getYear() % 100, 2, '0', flag);
            case 'Y' -> number(time.getYear(), 1, '0', flag);
            case 'z', 'Z' -> "";
            case '%' -> "%";
            default -> null;
        };
    }

    /** Every letter of a pattern replaced by its field. */
    private String all(String pattern) {
        StringBuilder out = new StringBuilder();
        for (char c : pattern.toCharArray()) {
            out.append(Character.isLetter(c) ? field(c, (char) 0) : String.valueOf(c));
        }
        return out.toString();
    }

    private int weekday() {
        return time.getDayOfWeek().getValue() % 7;
    }

    private int hour12() {
        return time.getHour() % 12 == 0 ? 12 : time.getHour() % 12;
    }

    private String half() {
        return time.getHour() < 12 ? "AM" : "PM";
    }

    private String day(TextStyle style) {
        return time.getDayOfWeek().getDisplayName(style, Locale.ENGLISH);
    }

    private String month(TextStyle style) {
        String full = time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
        return style == TextStyle.FULL ? full : full.substring(0, 3);
    }

    private static String text(String text, char flag) {
        return flag == '^' || flag == '#' ? text.toUpperCase(Locale.ROOT) : text;
    }

    private static String number(int number, int width, char pad, char flag) {
        String digits = Integer.toString(number);
        char fill = flag == '_' ? ' ' : flag == '0' ? '0' : pad;
        return flag == '-'
                ? digits
                : String.valueOf(fill).repeat(Math.max(0, width - digits.length())) + digits;
    }
}
