package quire.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/** The command line in the test's own process, as its users see it. */
final class CommandLines {

    /**
     * What came of a command.
     *
     * @param code that the process would end with
     */
    record Said(int code, String out, String err) {}

    private CommandLines() {}

    static Said run(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code =
                Main.commandLine()
                        .setOut(new PrintWriter(out, true))
                        .setErr(new PrintWriter(err, true))
                        .execute(Main.dashed(args));
        return new Said(code, out.toString(), err.toString());
    }
}
