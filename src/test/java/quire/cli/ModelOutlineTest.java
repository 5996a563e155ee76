package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import quire.error.CheckpointException;
import quire.golden.GoldenData;
import quire.hub.HubFiles;
import quire.hub.HubServer;
import quire.hub.HubSettings;
import quire.hub.ModelName;
import quire.hub.Pull;
import quire.hub.PullListener;
import quire.plan.PlannedModel;
import quire.weights.GgufBytes;
import quire.weights.GgufCopy;

/** A plan of GGUF files that nobody has fetched. */
class ModelOutlineTest {

    private static final String REPO = "owner/demo-GGUF";
    private static final Path FILE = GoldenData.gguf().resolve("quire-demo-Q4_K_M.gguf");
    private static final Path OTHER = GoldenData.gguf().resolve("quire-demo-Q6_K.gguf");

    @TempDir Path folder;

    private final List<String> heard = new ArrayList<>();
    private HubServer hub;

    @BeforeEach
    void start() throws IOException {
        hub = new HubServer();
    }

    @AfterEach
    void stop() throws IOException {
        hub.close();
    }

    private HubSettings settings(String... more) {
        Map<String, String> environment = new HashMap<>();
        environment.put("HF_ENDPOINT", hub.url());
        environment.put("HF_HOME", folder.resolve("home").toString());
        environment.put("HF_HUB_DOWNLOAD_TIMEOUT", "2");
        for (int i = 0; i < more.length; i += 2) {
            environment.put(more[i], more[i + 1]);
        }
        return HubSettings.read(HubSettings.Asked.NOTHING, environment);
    }

    private PlannedModel planned(String name, String... settings) throws InterruptedException {
        PullListener listener =
                new PullListener() {
                    @Override
                    public void said(String fact) {
                        heard.add(fact);
                    }

                    @Override
                    public void advanced(long doneBytes, long totalBytes) {}
                };
        return new ModelOutline(ModelName.parse(name), settings(settings), listener).planned();
    }

    @Test
    void isThatOfTheFile() throws Exception {
        hub.put(
                REPO,
                "main",
                HubFiles.at("a")
                        .with(FILE.getFileName().toString(), FILE)
                        .with(OTHER.getFileName().toString(), OTHER));
        assertEquals(PlannedModel.read(FILE), planned(REPO));
        assertEquals(PlannedModel.read(OTHER), planned(REPO + ":Q6_K"));
        assertEquals(2 << 20, hub.sentBytes.get());
        assertFalse(Files.exists(folder.resolve("home")), "something was kept");
    }

    @Test
    void ofPartsToo() throws Exception {
        List<Path> parts = GgufCopy.of(FILE).parts(folder, "demo-Q4_K_M", 3);
        HubFiles files = HubFiles.at("a");
        for (Path part : parts) {
            files.with("Q4_K_M/" + part.getFileName(), part);
        }
        hub.put(REPO, "main", files);
        assertEquals(PlannedModel.read(FILE), planned(REPO));
        assertTrue(hub.sentBytes.get() < Files.size(FILE) / 2, hub.sentBytes + " bytes");
    }

    @Test
    void longHeaderIsReadToItsEnd() throws Exception {
        GgufCopy copy = GgufCopy.of(FILE);
        copy.with("padding", "x".repeat(3_000_000));
        byte[] bytes = copy.bytes();
        hub.put(REPO, "main", HubFiles.at("a").with("demo-Q4_K_M.gguf", bytes));
        assertEquals(PlannedModel.read(FILE), planned(REPO));
        assertEquals(4 << 20, hub.sentBytes.get());
    }

    /** Which stand in tensors, here at the end of the file, and would not do as zeros. */
    @Test
    void stretchedPositionsAreReadWithTheHeader() throws Exception {
        GgufCopy copy = GgufCopy.of(FILE);
        float[] factors = new float[32];
        Arrays.fill(factors, 1.5f);
        copy.with("rope_factors_short.weight", factors);
        copy.with("rope_factors_long.weight", factors);
        copy.with("qwen2.rope.scaling.original_context_length", 2048L);
        Path file = Files.write(folder.resolve("demo-Q4_K_M.gguf"), copy.bytes());
        hub.put(REPO, "main", HubFiles.at("a").with("demo-Q4_K_M.gguf", file));
        assertEquals(PlannedModel.read(file), planned(REPO));
        assertEquals((1 << 20) + 2 * 4 * factors.length, hub.sentBytes.get());
    }

    @Test
    void offlineItIsThatOfTheCache() throws Exception {
        hub.put(REPO, "main", HubFiles.at("a").with("demo-Q4_K_M.gguf", FILE));
        Pull.of(
                ModelName.parse(REPO),
                settings(),
                new PullListener() {
                    @Override
                    public void said(String fact) {}

                    @Override
                    public void advanced(long doneBytes, long totalBytes) {}
                });
        assertEquals(PlannedModel.read(FILE), planned(REPO, "HF_HUB_OFFLINE", "1"));
    }

    @Test
    void damageIsThatOfTheHubsFile() throws Exception {
        byte[] bytes = Files.readAllBytes(FILE);
        byte[] other = "not a model at all".getBytes(StandardCharsets.UTF_8);
        hub.put(
                REPO,
                "main",
                HubFiles.at("a")
                        .with("demo-Q4_K_M.gguf", Arrays.copyOf(bytes, 2_000_000))
                        .with("demo-Q8_0.gguf", other));
        assertTrue(
                refusal(REPO).startsWith(REPO + "/demo-Q4_K_M.gguf is cut short: tensor "),
                refusal(REPO));
        assertEquals(
                REPO
                        + "/demo-Q8_0.gguf is not a GGUF file: it does not start with 'GGUF'; give a"
                        + " .gguf file or a folder with config.json and safetensors files.",
                refusal(REPO + ":Q8_0"));
    }

    private String refusal(String name) {
        return assertThrows(CheckpointException.class, () -> planned(name)).getMessage();
    }

    @Test
    void anArchitectureThatIsNotServedIsPlannedFromItsConfiguration() throws Exception {
        byte[] strange =
                new GgufBytes()
                        .entry(
                                "general.architecture",
                                GgufBytes.STRING,
                                GgufBytes.string("deepseek2"))
                        .zeros("token_embd.weight", 4L, 32L)
                        .bytes();
        HubFiles files = HubFiles.at("a").with("R1-Q4_K_M.gguf", strange);
        hub.put(REPO, "main", files);
        String sentence = refusal(REPO);
        assertTrue(sentence.contains("'deepseek2'"), sentence);

        Path config = GoldenData.fixtures().resolve("configs/DeepSeek-R1.json");
        hub.put(
                REPO,
                "main",
                HubFiles.at("b")
                        .with("R1-Q4_K_M.gguf", strange)
                        .with("config.json", Files.readAllBytes(config)));
        assertEquals("DeepseekV3ForCausalLM", planned(REPO).architecture());
        assertEquals(sentence + " The plan is made of its config.json.", heard.getLast());

        // Beside a model that could be served the files are what is asked for.
        hub.put(
                REPO,
                "main",
                HubFiles.at("c")
                        .with("R1-Q4_K_M.gguf", strange)
                        .with(
                                "config.json",
                                Files.readAllBytes(Path.of("models/quire-demo/config.json"))));
        assertEquals(sentence, refusal(REPO));
    }
}
