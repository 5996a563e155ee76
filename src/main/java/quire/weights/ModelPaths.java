package quire.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import quire.error.CheckpointException;

/** What a user may have meant by a path, and what to say where it is not a model. */
final class ModelPaths {

    static final String CONFIG = "config.json";
    static final String SINGLE = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";

    private static final String ADAPTER = "adapter_config.json";

    private static final Pattern SHARD = Pattern.compile("(.+)-\\d{5}-of-(\\d{5})\\.safetensors");

    private static final byte[] GIT_LFS =
            "version https://git-lfs".getBytes(StandardCharsets.US_ASCII);

    private ModelPaths() {}

    /**
     * Opens a file for reading, and makes sure that it can be one of a model.
     *
     * @throws CheckpointException if it is a folder, a device or empty, or stands in for one that
     *     was not downloaded
     */
    static FileChannel open(Path path) throws IOException {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            // Opening a pipe would wait for somebody to write to it.
            throw new CheckpointException(path + " is not a file, but a file is needed.");
        }
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        boolean fit = false;
        try {
            byte[] start = start(channel, GIT_LFS.length);
            if (start.length == 0) {
                throw new CheckpointException(path + " is empty; download it again.");
            }
            if (Arrays.equals(start, GIT_LFS)) {
                throw new CheckpointException(
                        path
                                + " is a Git LFS pointer, not the file itself; run"
                                + " `git lfs pull` in its folder.");
            }
            fit = true;
            return channel;
        } finally {
            if (!fit) {
                channel.close();
            }
        }
    }

    /** True if the file starts as a GGUF file does, whatever its name. */
    static boolean isGguf(FileChannel channel) throws IOException {
        byte[] start = start(channel, 4);
        return new String(start, StandardCharsets.ISO_8859_1).equals("GGUF");
    }

    /** The refusal of a file that is no GGUF file. */
    static CheckpointException notGguf(Path path, FileChannel channel) throws IOException {
        String name = String.valueOf(path.getFileName());
        if (name.endsWith(".safetensors") || name.endsWith(".json")) {
            return new CheckpointException(
                    path
                            + " is one file of a model; give the folder that"
                            + " holds "
                            + CONFIG
                            + " and the safetensors files.");
        }
        byte[] start = start(channel, 2);
        boolean zip = new String(start, StandardCharsets.ISO_8859_1).equals("PK");
        if (zip || name.endsWith(".bin") || name.endsWith(".pt") || name.endsWith(".pth")) {
            return new CheckpointException(
                    path
                            + " looks like PyTorch weights, which can run code when loaded and are"
                            + " not read; use the model's safetensors or GGUF files.");
        }
        return new CheckpointException(
                path
                        + " is not a GGUF file: it does not start with 'GGUF';"
                        + " give a .gguf file or a folder with "
                        + CONFIG
                        + " and safetensors files.");
    }

    /**
     * The shards of a folder that has no index of them, in order.
     *
     * @throws CheckpointException if there are none, or not all
     */
    static List<Path> shards(Path folder) {
        List<String> shards =
                namesIn(folder).stream().filter(name -> SHARD.matcher(name).matches()).toList();
        if (shards.isEmpty()) {
            throw noWeights(folder);
        }
        Matcher first = SHARD.matcher(shards.getFirst());
        first.matches();
        int count = Integer.parseInt(first.group(2));
        for (int i = 1; i <= Math.max(count, shards.size()); i++) {
            String wanted =
                    String.format(
                            Locale.ROOT, "%s-%05d-of-%05d.safetensors", first.group(1), i, count);
            if (!shards.contains(wanted)) {
                throw new CheckpointException(
                        folder
                                + " has no "
                                + INDEX
                                + ", and "
                                + shards.size()
                                + " shards without "
                                + wanted
                                + "; download the model's weights again, with the index.");
            }
        }
        return shards.stream().map(folder::resolve).toList();
    }

    /** The refusal of a folder without safetensors files where they are looked for. */
    static CheckpointException noWeights(Path folder) {
        List<String> names = namesIn(folder);
        if (names.contains(ADAPTER)) {
            return new CheckpointException(
                    folder
                            + " holds an adapter (LoRA), which changes a model and is none; give the"
                            + " model itself, with the adapter merged into it.");
        }
        String wanted = folder + " has neither " + SINGLE + " nor " + INDEX;
        List<String> gguf = names.stream().filter(n -> n.endsWith(".gguf")).limit(3).toList();
        if (!gguf.isEmpty()) {
            return new CheckpointException(
                    wanted
                            + "; to use its GGUF weights, give the path of the file: "
                            + folder.resolve(gguf.getFirst())
                            + ".");
        }
        List<String> torch =
                names.stream()
                        .filter(n -> n.endsWith(".bin") || n.endsWith(".pt") || n.endsWith(".pth"))
                        .limit(3)
                        .toList();
        if (!torch.isEmpty()) {
            return new CheckpointException(
                    wanted
                            + ", only PyTorch weights ("
                            + torch.getFirst()
                            + "), which can run code when loaded and are not read; get a revision"
                            + " with safetensors, or convert them with save_pretrained of"
                            + " transformers.");
        }
        return new CheckpointException(wanted + "; download the model's weights again.");
    }

    /** The refusal of a folder without its configuration. */
    static CheckpointException noConfig(Path folder) {
        List<String> names = namesIn(folder);
        if (names.contains(SINGLE) || names.contains(INDEX)) {
            return new CheckpointException(
                    folder
                            + " has weights but no "
                            + CONFIG
                            + "; download that file of the model too.");
        }
        CheckpointException noWeights = noWeights(folder);
        if (names.contains(ADAPTER) || names.stream().anyMatch(n -> n.endsWith(".gguf"))) {
            return noWeights;
        }
        return new CheckpointException(
                folder
                        + " is not a model: it has no "
                        + CONFIG
                        + " and no safetensors files; give a model's folder or a .gguf file.");
    }

    private static List<String> namesIn(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw Faults.unreadable(folder.toString(), e);
        }
    }

    /** The first bytes of a file, fewer where it is shorter. */
    private static byte[] start(FileChannel channel, int length) throws IOException {
        ByteBuffer start = ByteBuffer.allocate(length);
        while (start.hasRemaining() && channel.read(start, start.position()) > 0) {
            // Reads until the buffer is full or the file ends.
        }
        return Arrays.copyOf(start.array(), start.position());
    }
}
