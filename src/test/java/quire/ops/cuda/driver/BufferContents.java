package quire.ops.cuda.driver;

import java.lang.foreign.MemorySegment;

/** Lets tests of other packages look into the memory of a card whose stream they do not have. */
public final class BufferContents {
    private BufferContents() {}

    /** All of a buffer, once what wrote it is done. */
    public static short[] shorts(DeviceBuffer buffer) {
        short[] all = new short[Math.toIntExact(buffer.bytes() / Short.BYTES)];
        try (Stream stream = new Stream(buffer.context())) {
            stream.read(buffer, MemorySegment.ofArray(all));
        }
        return all;
    }
}
