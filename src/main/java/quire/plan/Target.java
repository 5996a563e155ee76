package quire.plan;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import quire.error.ConfigurationException;
import quire.ops.cuda.driver.CudaDriver;
import quire.ops.cuda.driver.Device;

/**
 * Where a model is to go: GPUs of one kind, or this machine's own memory.
 *
 * @param name for people
 * @param count GPUs that may share the model; 1 for the machine
 * @param room the memory of each
 * @param formats in which weights may be kept there, widest first
 * @param isCard whether these are cards, which a server has for itself: sequences beyond those that
 *     were asked for may take what is left
 * @param isComputed whether the engine has kernels for it
 */
public record Target(
        String name,
        int count,
        Room room,
        List<WeightFormat> formats,
        boolean isCard,
        boolean isComputed) {

    /** As many as one computer, or a few that are joined, have. */
    private static final int MOST = 1024;

    private static final Pattern SEVERAL = Pattern.compile("(.+?)[xX×](\\d{1,9})");

    public Target {
        formats = List.copyOf(formats);
    }

    /** What this machine has: cards that kernels run on, where there are any, and its memory. */
    public static List<Target> ofThisMachine() {
        List<Device> cards =
                switch (CudaDriver.load()) {
                    case CudaDriver.Refused none -> List.of();
                    case CudaDriver.Loaded driver ->
                            // One that is emulated is this machine's memory.
                            driver.devices().stream().filter(card -> !card.isEmulated()).toList();
                };
        return Stream.concat(ofCards(cards).stream(), Stream.of(thisMachine())).toList();
    }

    /** Cards as the driver has them, those of one name together, with what is free of the first. */
    static List<Target> ofCards(List<Device> cards) {
        Map<String, List<Device>> kinds =
                cards.stream()
                        .collect(
                                Collectors.groupingBy(
                                        Device::name, LinkedHashMap::new, Collectors.toList()));
        return kinds.entrySet().stream()
                .map(
                        kind ->
                                new Target(
                                        several(kind.getKey(), kind.getValue().size()),
                                        kind.getValue().size(),
                                        Room.ofCard(kind.getValue().getFirst()),
                                        WeightFormat.OF_CARDS,
                                        true,
                                        true))
                .toList();
    }

    private static String several(String kind, int count) {
        return kind + (count == 1 ? "" : "x" + count);
    }

    /** What is free of this machine's memory, for the CPU engine. */
    public static Target thisMachine() {
        return new Target(
                "this machine", 1, Room.ofThisMachine(), WeightFormat.OF_PROCESSORS, false, true);
    }

    /**
     * GPUs as people write them: {@code H100-80G}, {@code H200x8}, {@code rtx 4090}; empty where
     * none of that name are known.
     *
     * @throws ConfigurationException if these are too many
     */
    public static Optional<Target> of(String text) {
        Matcher several = SEVERAL.matcher(text);
        if (GpuKind.of(text).isPresent() || !several.matches()) {
            return of(text, 1);
        }
        int count = Integer.parseInt(several.group(2));
        if (count < 1 || count > MOST) {
            throw new ConfigurationException(
                    "'"
                            + text
                            + "' is "
                            + count
                            + " GPUs; one model is shared by 1 to "
                            + MOST
                            + " of them, such as H200x8");
        }
        return of(several.group(1), count);
    }

    private static Optional<Target> of(String name, int count) {
        return GpuKind.of(name)
                .map(
                        kind ->
                                new Target(
                                        several(kind.toString(), count),
                                        count,
                                        Room.ofCard(kind.bytes()),
                                        WeightFormat.OF_CARDS,
                                        true,
                                        kind.isKnownToKernels()));
    }

    /** What each has, whoever holds it. */
    public long memoryBytes() {
        return room.budget().totalBytes();
    }

    /** What weights, workspaces and cache may take of each. */
    public long usableBytes() {
        return room.budget().availableBytes();
    }

    /** The formats to choose from, and first the published one where it is another. */
    List<WeightFormat> formats(WeightFormat published) {
        boolean fits = isCard ? published.packing().isPresent() : published.isPlain();
        return !fits || published.name().equals(WeightFormat.BF16.name())
                ? formats
                : Stream.concat(
                                Stream.of(published),
                                formats.stream().filter(f -> !f.name().equals(published.name())))
                        .toList();
    }
}
