package quire.plan;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import quire.error.CheckpointException;
import quire.error.QuireException;
import quire.model.DecoderModel;
import quire.model.Fields;
import quire.model.ModelConfig;
import quire.tensor.DType;
import quire.weights.Checkpoint;

/**
 * A model as a plan sees it.
 *
 * @param shape its sizes
 * @param published how its weights are published
 * @param weightBytes in that format: of its files, or of a GGUF file as the CPU engine keeps it
 * @param refusal why the engine cannot serve it, where it cannot
 * @param remarks what of it is not counted, or not understood
 */
public record PlannedModel(
        ModelShape shape,
        WeightFormat published,
        long weightBytes,
        Optional<QuireException> refusal,
        List<String> remarks) {

    public PlannedModel {
        remarks = List.copyOf(remarks);
    }

    private static final String CONFIG = "config.json";

    private static final List<String> SPECULATING =
            List.of("num_nextn_predict_layers", "mtp_num_hidden_layers");

    /**
     * Reads a folder with a {@code config.json}, whatever else it holds, such a file by itself, or
     * the metadata of a GGUF file.
     *
     * @throws CheckpointException if there is none, or the sizes of what it describes are not known
     */
    public static PlannedModel read(Path path) {
        if (Files.isDirectory(path)) {
            if (!Files.exists(path.resolve(CONFIG))) {
                throw new CheckpointException(
                        path
                                + " has no "
                                + CONFIG
                                + "; a folder with one is enough for a plan, or a .gguf file.");
            }
            return ofConfig(path.resolve(CONFIG));
        }
        return path.toString().endsWith(".json") ? ofConfig(path) : ofGguf(path);
    }

    private static PlannedModel ofConfig(Path file) {
        Fields config = Fields.of(file);
        // First, since sizes without bounds are refused here, before the engine's reading sees
        // them.
        ModelShape shape = ShapeReader.read(config);
        Fields text = ModelParts.of(config).text();
        PublishedFormat published = PublishedFormat.of(text);
        long counted = published.format().fileBytes(shape);
        return new PlannedModel(
                shape,
                published.format(),
                counted,
                engineRefusal(file),
                Stream.of(
                                WeightIndex.remark(file, counted),
                                shape.vision().remark(),
                                published.remark(),
                                speculation(text))
                        .flatMap(Optional::stream)
                        .toList());
    }

    /** Layers that guess tokens ahead, which files have beside the model. */
    private static Optional<String> speculation(Fields text) {
        return SPECULATING.stream()
                .filter(key -> new Sizes(text).natural(key) > 0)
                .findFirst()
                .map(
                        key ->
                                "layers that guess tokens ahead ('"
                                        + key
                                        + "': "
                                        + new Sizes(text).natural(key)
                                        + ") are in its files, too, and not counted");
    }

    private static PlannedModel ofGguf(Path file) {
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            ModelShape shape = ShapeReader.read(Fields.of(checkpoint));
            ModelConfig config = ModelConfig.of(checkpoint, "");
            return new PlannedModel(
                    shape,
                    WeightFormat.AS_STORED,
                    DecoderModel.weightBytes(checkpoint, config, Room.ofThisMachine().footprint()),
                    Optional.empty(),
                    List.of());
        }
    }

    private static Optional<QuireException> engineRefusal(Path configJson) {
        try {
            ModelConfig.read(configJson, "");
            return Optional.empty();
        } catch (CheckpointException refusal) {
            return Optional.of(refusal);
        }
    }

    /** The class that the configuration names. */
    public String architecture() {
        return shape.architecture();
    }

    /** Elements of all tensors, tied ones counted once. */
    public long numParameters() {
        return shape.numParameters();
    }

    /** Those that one token is computed with: fewer where it meets some experts alone. */
    public long activeParameters() {
        return shape.activeParameters();
    }

    /** Those of what looks at pictures, where there is such a part and its sizes are known. */
    public long visionParameters() {
        return shape.visionParameters();
    }

    public int numLayers() {
        return shape.numLayers();
    }

    /** The longest sequence that it was made for, in tokens. */
    public int context() {
        return shape.context();
    }

    /** Bytes that a cache of that type keeps of a token, over all layers. */
    public long cacheBytesPerToken(DType type) {
        return Math.multiplyExact(shape.cachedElements(), (long) type.blockBytes());
    }

    /** Whether the cache keeps a latent that all heads share, whole on each GPU. */
    public boolean keepsLatent() {
        return shape.attention() instanceof AttentionShape.Latent;
    }

    /** How many tokens some layers see; 0 where all see all. */
    public int windowTokens() {
        return shape.window().tokens();
    }

    /** How many layers these are. */
    public int windowLayers() {
        return shape.window().numLayers();
    }

    /** Bytes of a cache for a sequence where layers that see the last tokens keep no more. */
    public long windowedCacheBytes(int tokens, DType type) {
        return Math.multiplyExact(shape.windowedElements(tokens), (long) type.blockBytes());
    }

    /** How many layers keep a state of a sequence instead of its keys and values. */
    public int stateLayers() {
        return shape.recurrent().numLayers();
    }

    /** Bytes of that state, over all layers, however long the sequence. */
    public long stateBytesPerSequence() {
        return Planner.stateBytes(shape);
    }

    /** What files of each of the usual formats take, by the format's name. */
    public Map<String, Long> fileBytes() {
        return WeightFormat.files(shape);
    }
}
