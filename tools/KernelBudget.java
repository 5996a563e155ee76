import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compares what {@code ptxas -v} says, on the standard input, with a table of what kernels may
 * take: {@code java KernelBudget.java TABLE [--write]}. Prints what is beyond it and exits with 1,
 * or writes the table anew.
 */
final class KernelBudget {
    private static final Pattern ENTRY =
            Pattern.compile("Compiling entry function '(\\w+)' for '(\\w+)'");
    private static final Pattern STACK =
            Pattern.compile(
                    "(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads");
    private static final Pattern REGISTERS = Pattern.compile("Used (\\d+) registers");
    private static final Pattern SHARED = Pattern.compile("(\\d+) bytes smem");
    private static final Pattern LOCAL = Pattern.compile("(\\d+) bytes lmem");
    private static final Pattern TROUBLE = Pattern.compile("^ptxas (error|fatal)");
    private static final Pattern SERIALIZED = Pattern.compile("\\(C75\\d\\d\\).*");

    private static final String HEADER = "kernel\tregisters\tshared bytes";

    /** The most of each on any architecture. */
    private record Take(int registers, int sharedBytes) {
        Take and(Take other) {
            return new Take(
                    Math.max(registers, other.registers), Math.max(sharedBytes, other.sharedBytes));
        }
    }

    private final Map<String, Take> taken = new TreeMap<>();
    private final List<String> offences = new ArrayList<>();

    public static void main(String[] arguments) throws IOException {
        Path table = Path.of(arguments[0]);
        var budget = new KernelBudget();
        try (var input = new BufferedReader(new InputStreamReader(System.in))) {
            budget.read(input);
        }
        if (arguments.length > 1) {
            List<String> lines = new ArrayList<>(List.of(HEADER));
            budget.taken.forEach(
                    (kernel, take) ->
                            lines.add(
                                    kernel + "\t" + take.registers() + "\t" + take.sharedBytes()));
            Files.write(table, lines);
        } else {
            budget.compare(Files.readAllLines(table));
        }
        budget.offences.forEach(System.err::println);
        if (!budget.offences.isEmpty()) {
            System.exit(1);
        }
        System.out.println(budget.taken.size() + " kernels are within " + table.getFileName());
    }

    private void read(BufferedReader input) throws IOException {
        String kernel = "";
        String where = "";
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            Matcher entry = ENTRY.matcher(line);
            if (entry.find()) {
                kernel = entry.group(1);
                where = kernel + " on " + entry.group(2);
            }
            Matcher stack = STACK.matcher(line);
            if (stack.find() && !line.strip().matches("0 .* 0 .* 0 .*")) {
                offences.add(where + ": " + line.strip());
            }
            Matcher local = LOCAL.matcher(line);
            if (local.find()) {
                offences.add(where + ": " + local.group(1) + " bytes of local memory");
            }
            if (SERIALIZED.matcher(line).find() || TROUBLE.matcher(line).find()) {
                offences.add(line.strip());
            }
            Matcher registers = REGISTERS.matcher(line);
            if (registers.find()) {
                Matcher shared = SHARED.matcher(line);
                int bytes = shared.find() ? Integer.parseInt(shared.group(1)) : 0;
                Take take = new Take(Integer.parseInt(registers.group(1)), bytes);
                taken.merge(kernel, take, Take::and);
            }
        }
    }

    private void compare(List<String> table) {
        Map<String, Take> allowed = new TreeMap<>();
        for (String line : table.subList(1, table.size())) {
            String[] cells = line.split("\t");
            allowed.put(cells[0], new Take(Integer.parseInt(cells[1]), Integer.parseInt(cells[2])));
        }
        taken.forEach(
                (kernel, take) -> {
                    Take most = allowed.remove(kernel);
                    if (most == null) {
                        offences.add(kernel + " is not in the table");
                    } else if (!most.and(take).equals(most)) {
                        offences.add(
                                kernel
                                        + " takes "
                                        + take.registers()
                                        + " registers and "
                                        + take.sharedBytes()
                                        + " shared bytes; allowed are "
                                        + most.registers()
                                        + " and "
                                        + most.sharedBytes());
                    }
                });
        allowed.keySet()
                .forEach(kernel -> offences.add(kernel + " is in the table and nowhere else"));
    }
}
