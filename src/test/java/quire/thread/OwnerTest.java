package quire.thread;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class OwnerTest {

    private final Owner owner = new Owner("the cake");

    /** Comes to the door on a thread of its own. */
    private CompletableFuture<Void> comes(String name) {
        CompletableFuture<Void> came = new CompletableFuture<>();
        Thread.ofPlatform()
                .name(name)
                .start(
                        () -> {
                            try {
                                owner.check();
                                came.complete(null);
                            } catch (RuntimeException e) {
                                came.completeExceptionally(e);
                            }
                        });
        return came;
    }

    @Test
    void theFirstThreadOwnsItAndEveryOtherIsRefused() throws Exception {
        comes("first").get();
        IllegalStateException refused = assertThrows(IllegalStateException.class, owner::check);
        String here = Thread.currentThread().getName();
        assertEquals("the cake belongs to thread first, not " + here, refused.getMessage());
        ExecutionException other =
                assertThrows(ExecutionException.class, () -> comes("second").get());
        assertInstanceOf(IllegalStateException.class, other.getCause());
    }

    @Test
    void theOwnerComesAndGoesAsItLikes() {
        owner.check();
        assertThrows(ExecutionException.class, () -> comes("second").get());
        owner.check();
    }
}
