package quire.settings;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What flags are about. The groups that vLLM has are named as there, so that {@code
 * --help=CacheConfig} works in both.
 */
public enum FlagGroup {
    MODEL("ModelConfig", "which model, by which names, how long its texts may be"),
    LOAD("LoadConfig", "where models of a hub are kept"),
    DEVICE("DeviceConfig", "what computes: processor or card, and how"),
    CACHE("CacheConfig", "the KV cache: its size, its type, shared beginnings"),
    SCHEDULER("SchedulerConfig", "how many sequences and tokens a step has, and who waits"),
    COMPILATION("CompilationConfig", "steps that are recorded on a card"),
    STRUCTURED("StructuredOutputsConfig", "thoughts that are told apart from answers"),
    FRONTEND("Frontend", "HTTP: address, keys, templates, tools, pages of browsers, the end"),
    OBSERVABILITY("ObservabilityConfig", "what is logged, and how");

    private final String title;
    private final String about;

    FlagGroup(String title, String about) {
        this.title = title;
        this.about = about;
    }

    /** The group of that title, in any case. */
    public static Optional<FlagGroup> find(String title) {
        return Arrays.stream(values()).filter(g -> g.title.equalsIgnoreCase(title)).findFirst();
    }

    /** Its name for people: {@code CacheConfig}. */
    public String title() {
        return title;
    }

    /** Half a sentence about its flags. */
    public String about() {
        return about;
    }

    /** Its flags, in the order of the table. */
    public List<Flag<?>> flags() {
        return Flags.all().stream().filter(flag -> flag.group() == this).toList();
    }
}
