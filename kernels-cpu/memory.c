/* Memory of tensors and of scratch. */
#define _GNU_SOURCE
#include "context.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifdef __SANITIZE_ADDRESS__

/* From the heap, where the sanitizer watches what lies around each array. */
void *quire_allocate(int64_t bytes) {
    void *memory;
    if (posix_memalign(&memory, 4096, (size_t)bytes) != 0) {
        return 0;
    }
    return memset(memory, 0, (size_t)bytes);
}

void quire_free(void *memory, int64_t bytes) {
    (void)bytes;
    free(memory);
}

/* Every operation gets just what it asks for. */
static int64_t region_size(const region *r, int64_t bytes) {
    return bytes == r->bytes ? 0 : bytes;
}

#else

/* Below this, huge pages would waste more than they save. */
#define HUGE_PAGE_BYTES (4 << 20)

void *quire_allocate(int64_t bytes) {
    void *memory =
        mmap(0, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return 0;
    }
#ifdef MADV_HUGEPAGE
    if (bytes >= HUGE_PAGE_BYTES) {
        madvise(memory, (size_t)bytes, MADV_HUGEPAGE);
    }
#endif
    return memory;
}

void quire_free(void *memory, int64_t bytes) {
    munmap(memory, (size_t)bytes);
}

/* Half as much again as before, or what is asked for if that is more, and a page. */
static int64_t region_size(const region *r, int64_t bytes) {
    int64_t grown = r->bytes + r->bytes / 2;
    return bytes <= r->bytes ? 0 : (bytes > grown ? bytes : grown) + 4096;
}

#endif

int region_reserve(region *r, int64_t bytes) {
    int64_t size = region_size(r, bytes);
    if (size == 0) {
        return 1;
    }
    char *data = quire_allocate(size);
    if (data == 0) {
        return 0;
    }
    region_free(r);
    *r = (region){data, size};
    return 1;
}

void region_free(region *r) {
    if (r->data) {
        quire_free(r->data, r->bytes);
    }
}
