package quire.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.HashMap;
import java.util.Map;
import quire.settings.Flag;
import quire.settings.Flags;

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
        Map<String, String> servers = takeProperties();
        try {
            int code =
                    Main.commandLine()
                            .setOut(new PrintWriter(out, true))
                            .setErr(new PrintWriter(err, true))
                            .execute(Main.dashed(args));
            return new Said(code, out.toString(), err.toString());
        } finally {
            System.getProperties().putAll(servers);
        }
    }

    /** Flags as system properties, which servers of other tests in this process have left. */
    private static Map<String, String> takeProperties() {
        Map<String, String> taken = new HashMap<>();
        for (Flag<?> flag : Flags.all()) {
            String value = System.clearProperty("quire." + flag.name());
            if (value != null) {
                taken.put("quire." + flag.name(), value);
            }
        }
        return taken;
    }
}
