package quire.cli;

import quire.settings.Flags;
import quire.settings.Origin;

/** Words for arguments that no option matched. */
final class Unmatched {

    private Unmatched() {}

    /**
     * One sentence about an argument.
     *
     * @param command that it was given to: {@code quire} itself or one of its commands
     */
    static String sentence(String command, String argument) {
        String flag = argument.split("=", 2)[0];
        if (command.equals("serve")) {
            return flag.startsWith("-")
                    ? Flags.explain(Origin.COMMAND_LINE, flag.replaceFirst("^--?", ""), flag)
                    : "unexpected argument '" + argument + "'; quire serve takes one model";
        }
        if (flag.startsWith("-")) {
            return "unknown flag "
                    + flag
                    + "; 'quire "
                    + (command.equals("quire") ? "" : command + " ")
                    + "--help' lists the flags";
        }
        return command.equals("quire")
                ? "unknown command '" + argument + "'; the commands are serve, plan and bench"
                : "unexpected argument '" + argument + "'; quire " + command + " takes one model";
    }
}
