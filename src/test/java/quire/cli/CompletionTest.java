package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.Outside;

/** The shells themselves say what they would complete. */
class CompletionTest {

    @TempDir Path folder;

    private Path script(String shell) throws IOException {
        CommandLines.Said said = CommandLines.run("completion", shell);
        assertEquals(0, said.code(), said.err());
        return Files.writeString(folder.resolve("quire." + shell), said.out());
    }

    /** What a shell prints, sorted, without descriptions. */
    private List<String> lines(Path program, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().put("HOME", folder.toString());
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output.lines().map(line -> line.split("\t")[0].strip()).sorted().toList();
    }

    private List<String> bash(String... words) throws Exception {
        String ask =
                """
                compopt() { :; }
                source "$0"
                COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
                _complete_quire_models
                printf '%s\n' "${COMPREPLY[@]}"
                """;
        List<String> arguments = new ArrayList<>(List.of("--norc", "-c", ask));
        arguments.add(script("bash").toString());
        arguments.addAll(List.of(words));
        return lines(Outside.BASH.path(), arguments.toArray(String[]::new));
    }

    private List<String> fish(String line) throws Exception {
        return lines(
                Outside.FISH.path(),
                "--no-config",
                "-c",
                "source " + script("fish") + "; complete -C '" + line + "'");
    }

    @Test
    void bashCompletesCommandsAndFlags() throws Exception {
        assertEquals(List.of("serve"), bash("quire", "se"));
        assertEquals(
                Main.commandLine().getSubcommands().keySet().stream().sorted().toList(),
                bash("quire", "").stream().filter(word -> !word.startsWith("-")).toList());
        assertEquals(
                List.of("--max-num-batched-tokens", "--max-num-seqs"),
                bash("quire", "serve", "--max-num"));
        assertEquals(List.of("--revision"), bash("quire", "pull", "o/m", "--rev"));
        assertEquals(
                List.of("float", "float16", "float32"), bash("quire", "serve", "--dtype", "fl"));
    }

    @Test
    void fishCompletesCommandsAndFlags() throws Exception {
        assertEquals(List.of("serve"), fish("quire se"));
        assertTrue(fish("quire ").containsAll(Main.commandLine().getSubcommands().keySet()));
        assertEquals(
                List.of("--max-num-batched-tokens", "--max-num-seqs"),
                fish("quire serve --max-num"));
        assertEquals(List.of("--no-emulate"), fish("quire serve --no-em"));
        assertEquals(List.of("--revision"), fish("quire pull o/m --rev"));
        assertEquals(List.of("float", "float16", "float32"), fish("quire serve --dtype fl"));
        assertEquals(List.of("cpu", "cuda"), fish("quire serve --backend c"));
        assertEquals(List.of("grammars"), fish("quire bench gram"));
    }

    /** A program in the folder that lists the models of a cache, as ours does. */
    private void programThatLists() throws IOException {
        Path cache = folder.resolve("cache");
        String commit = "snapshots/" + "a".repeat(40);
        for (String file :
                List.of(
                        "models--owner--named/" + commit + "/model.safetensors",
                        "models--other--quantised/" + commit + "/x-Q4_K_M.gguf",
                        "models--other--quantised/" + commit + "/x-Q8_0.gguf")) {
            Path path = cache.resolve(file);
            Files.createDirectories(path.getParent());
            Files.writeString(path, "weights");
        }
        CommandLines.Said said = CommandLines.run("list", "--download-dir", cache.toString());
        assertEquals(4, said.out().lines().count(), said.out());
        Files.writeString(folder.resolve("listed"), said.out());
        Path program = folder.resolve("quire");
        Files.writeString(program, "#!/bin/sh\n[ \"$*\" = list ] && cat listed\n");
        assertTrue(program.toFile().setExecutable(true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"serve", "run", "show", "plan", "pull", "rm", "bench"})
    void fishCompletesModelsOfThisMachine(String command) throws Exception {
        Outside.FISH.path();
        programThatLists();
        assertEquals(List.of("owner/named"), fish("./quire " + command + " ow"));
        assertEquals(
                List.of("other/quantised:Q4_K_M", "other/quantised:Q8_0"),
                fish("./quire " + command + " other/"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"serve", "run", "show", "plan", "pull", "rm", "bench"})
    void bashCompletesModelsOfThisMachine(String command) throws Exception {
        programThatLists();
        assertEquals(List.of("owner/named"), bash("./quire", command, "ow"));
        assertEquals(
                List.of("other/quantised:Q4_K_M", "other/quantised:Q8_0"),
                bash("./quire", command, "other/"));
        assertEquals(List.of(""), bash("./quire", "list", "ow"));
        assertEquals(List.of(""), bash("./quire", "completion", "ow"));
    }

    /** In zsh completion needs a terminal; that the script is taken and registered does not. */
    @Test
    void zshTakesTheScriptAndKnowsItsCommand() throws Exception {
        List<String> said =
                lines(
                        Outside.ZSH.path(),
                        "-f",
                        "-c",
                        "source " + script("zsh") + "; print -r -- $_comps[quire]");
        assertEquals(1, said.size(), said.toString());
        assertTrue(said.getFirst().contains("_complete_quire"), said.toString());
    }

    @Test
    void shellsThatAreNotKnownAreNamed() {
        CommandLines.Said said = CommandLines.run("completion", "powershell");
        assertEquals(
                "quire: there are no completions for 'powershell'; the shells are bash, zsh, fish",
                said.err().strip());
        assertTrue(Stream.of("completion").allMatch(word -> CommandLines.run(word).code() == 2));
    }
}
