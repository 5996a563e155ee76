package quire.tokenizer;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import quire.error.CheckpointException;

/**
 * Owns one tokenizer of the Hugging Face tokenizers library, memory outside the heap that {@link
 * #close} frees.
 *
 * <p>The library's functions are called as they are: DJL's own wrapper truncates at 512 tokens
 * unless told otherwise, collects strings and offsets of every token, and when it loads it calls
 * home, asks other programs about graphics cards, and fetches another library where there is one.
 * Any thread may call; calls run side by side.
 */
final class NativeTokenizer implements AutoCloseable {

    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final long handle;
    private boolean closed;

    private NativeTokenizer(long handle) {
        this.handle = handle;
    }

    /**
     * @param json a whole tokenizer.json
     * @param source names the file in errors
     * @throws CheckpointException if the library refuses it
     */
    static NativeTokenizer open(String json, String source) {
        TokenizersFile.require();
        long handle;
        try {
            handle = TokenizersLibrary.LIB.createTokenizerFromString(json);
        } catch (RuntimeException e) {
            // What the library throws has no type of its own.
            throw new CheckpointException(
                    source + " is refused by the tokenizers library: " + e.getMessage(), e);
        }
        // A file may ask for either, as it was saved after training; a server must not obey.
        TokenizersLibrary.LIB.disableTruncation(handle);
        TokenizersLibrary.LIB.disablePadding(handle);
        return new NativeTokenizer(handle);
    }

    /**
     * @param text without lone surrogates, which the library could not read
     */
    int[] encode(String text, boolean addSpecialTokens) {
        lock.readLock().lock();
        try {
            requireOpen();
            long encoding = TokenizersLibrary.LIB.encode(handle, text, addSpecialTokens);
            try {
                long[] ids = TokenizersLibrary.LIB.getTokenIds(encoding);
                int[] narrow = new int[ids.length];
                for (int i = 0; i < ids.length; i++) {
                    narrow[i] = Math.toIntExact(ids[i]);
                }
                return narrow;
            } finally {
                TokenizersLibrary.LIB.deleteEncoding(encoding);
            }
        } finally {
            lock.readLock().unlock();
        }
    }

    String decode(int[] ids, boolean skipSpecialTokens) {
        long[] wide = new long[ids.length];
        for (int i = 0; i < ids.length; i++) {
            wide[i] = ids[i];
        }
        lock.readLock().lock();
        try {
            requireOpen();
            return TokenizersLibrary.LIB.decode(handle, wide, skipSpecialTokens);
        } finally {
            lock.readLock().unlock();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("This tokenizer is closed.");
        }
    }

    /** Frees the native memory once the calls under way have returned; does nothing when closed. */
    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                TokenizersLibrary.LIB.deleteTokenizer(handle);
            }
        } finally {
            lock.writeLock().unlock();
        }
    }
}
