package quire.rest;

import io.quarkus.runtime.configuration.MemorySize;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.ext.ReaderInterceptor;
import jakarta.ws.rs.ext.ReaderInterceptorContext;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * The most bytes of a body, ours or the framework's if that is less. Ends the reading of a body
 * that announced no length and is too long; the framework would end it without a word, and on
 * HTTP/2 all other requests of the connection with it. Counting where the body is read, instead of
 * reading it before, leaves the request whole for the framework, which on HTTP/2 touches no request
 * that has been read.
 */
@jakarta.ws.rs.ext.Provider
@Singleton
public final class BodyLimit implements ReaderInterceptor {

    private static final long MAX_BYTES = 10L << 20;

    private final Provider<Optional<MemorySize>> framework;

    /**
     * @param framework asked when a body comes: this is made before the server has its settings
     */
    BodyLimit(
            @ConfigProperty(name = "quarkus.http.limits.max-body-size")
                    Provider<Optional<MemorySize>> framework) {
        this.framework = framework;
    }

    long maxBytes() {
        return Math.min(MAX_BYTES, framework.get().map(MemorySize::asLongValue).orElse(MAX_BYTES));
    }

    @Override
    public Object aroundReadFrom(ReaderInterceptorContext context) throws IOException {
        context.setInputStream(new Counted(context.getInputStream(), maxBytes()));
        return context.proceed();
    }

    private static final class Counted extends FilterInputStream {

        private final long maxBytes;
        private long numBytes;

        Counted(InputStream in, long maxBytes) {
            super(in);
            this.maxBytes = maxBytes;
        }

        @Override
        public int read() throws IOException {
            int value = super.read();
            count(value < 0 ? 0 : 1);
            return value;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = super.read(bytes, offset, length);
            count(Math.max(read, 0));
            return read;
        }

        private void count(int more) {
            numBytes += more;
            if (numBytes > maxBytes) {
                throw new WebApplicationException(HttpProblems.ofSize(maxBytes).toResponse());
            }
        }
    }
}
