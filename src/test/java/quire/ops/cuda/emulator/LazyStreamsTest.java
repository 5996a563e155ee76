package quire.ops.cuda.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import quire.ops.cuda.driver.CudaException;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.DeviceLost;
import quire.ops.cuda.driver.Event;
import quire.ops.cuda.driver.Grid;
import quire.ops.cuda.driver.Launch;
import quire.ops.cuda.driver.PinnedBuffer;
import quire.ops.cuda.driver.Stream;

/** Streams that do nothing before a call waits for it: what a program forgets shows. */
class LazyStreamsTest extends CardTests {
    private static final String ADD_ONE =
            """
            .reg .b64 %m; .reg .b32 %r0; ld.param.u64 %m, [memory];
            ld.global.u32 %r0, [%m]; add.u32 %r0, %r0, 1; st.global.u32 [%m], %r0; ret;
            """;

    @Override
    void choose(Emulator settings) {
        settings.set("STREAMS", "lazy");
    }

    private Launch addingOne(Stream stream, DeviceBuffer memory) {
        return new Launch(stream, card.kernel(ADD_ONE, "memory"), Grid.row(1, 1), memory);
    }

    @Test
    void pinnedMemoryThatIsReusedTooEarlyIsReadLate() {
        DeviceBuffer memory = card.buffer(7);
        PinnedBuffer up = new PinnedBuffer(card.context, 4);
        PinnedBuffer down = new PinnedBuffer(card.context, 4);
        up.segment().set(ValueLayout.JAVA_INT, 0, 1);
        card.stream.upload(up, memory, 4);
        card.stream.download(memory, down, 4);
        up.segment().set(ValueLayout.JAVA_INT, 0, 2);
        down.segment().set(ValueLayout.JAVA_INT, 0, -1);
        assertEquals(-1, down.segment().get(ValueLayout.JAVA_INT, 0));
        card.stream.synchronize();
        assertEquals(2, down.segment().get(ValueLayout.JAVA_INT, 0));
    }

    @Test
    void anotherStreamSeesNothingThatItDoesNotWaitFor() {
        DeviceBuffer memory = card.buffer(10);
        DeviceBuffer copy = card.buffer(0);
        Stream other = new Stream(card.context);
        addingOne(card.stream, memory).run();
        other.copy(memory, copy, 4);
        assertArrayEquals(new int[] {10}, copied(other, copy));
        card.stream.synchronize();
        other.copy(memory, copy, 4);
        assertArrayEquals(new int[] {11}, copied(other, copy));
    }

    private void call(String name, Object... arguments) {
        assertEquals(0, emulator.call(name, arguments), name);
    }

    @Test
    void aStreamThatWaitsForAnEventSeesWhatCameBeforeItAlone() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment handle = arena.allocate(ValueLayout.ADDRESS);
            MemorySegment[] streams = new MemorySegment[2];
            for (int i = 0; i < 2; i++) {
                call("cuStreamCreate", handle, 1);
                streams[i] = handle.get(ValueLayout.ADDRESS, 0);
            }
            call("cuEventCreate", handle, 0);
            MemorySegment event = handle.get(ValueLayout.ADDRESS, 0);
            long memory = card.buffer(1, 2).address();
            call("cuMemsetD32Async", memory, 5, 1L, streams[0]);
            call("cuEventRecord", event, streams[0]);
            call("cuMemsetD32Async", memory, 6, 1L, streams[0]);
            call("cuStreamWaitEvent", streams[1], event, 0);
            call("cuMemcpyDtoDAsync_v2", memory + 4, memory, 4L, streams[1]);
            call("cuStreamSynchronize", streams[1]);
            MemorySegment values = arena.allocate(ValueLayout.JAVA_INT, 2);
            call("cuMemcpyDtoHAsync_v2", values, memory, 8L, streams[1]);
            assertArrayEquals(new int[] {5, 5}, values.toArray(ValueLayout.JAVA_INT));
            call("cuCtxSynchronize");
            call("cuMemcpyDtoH_v2", values, memory, 8L);
            assertArrayEquals(new int[] {6, 5}, values.toArray(ValueLayout.JAVA_INT));
        }
    }

    private static int[] copied(Stream stream, DeviceBuffer buffer) {
        int[] values = new int[1];
        stream.read(buffer, MemorySegment.ofArray(values));
        return values;
    }

    @Test
    void anEventIsDoneForWhoeverAsksTwice() {
        DeviceBuffer memory = card.buffer(1);
        addingOne(card.stream, memory).run();
        Event event = new Event(card.context);
        event.record(card.stream);
        assertFalse(event.isDone());
        assertTrue(event.isDone());
        assertArrayEquals(new int[] {2}, card.ints(memory));
    }

    /** What was put on the stream in front of it is under way, though its old mark is reached. */
    @Test
    void anEventThatCannotBeRecordedIsDoneWhenItsStreamIs() {
        DeviceBuffer memory = card.buffer(1);
        Event event = new Event(card.context);
        event.record(card.stream);
        card.stream.synchronize();
        assertTrue(event.isDone());
        addingOne(card.stream, memory).run();
        emulator.set("FAULTS", "cuEventRecord:1=1");
        assertThrows(CudaException.class, () -> event.record(card.stream));
        assertFalse(event.isDone());
        assertTrue(event.isDone());
        assertArrayEquals(new int[] {2}, card.ints(memory));
    }

    @Test
    void aKernelThatFailsIsHeardOfByWhoeverWaits() {
        Launch trap = new Launch(card.stream, card.kernel("trap; ret;"), Grid.row(1, 1));
        trap.run();
        trap.run();
        assertThrows(DeviceLost.class, card.stream::synchronize);
    }
}
