/* For LD_PRELOAD: lets one allocation of a thread fail, the n-th from when it is asked to. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static int (*next_posix_memalign)(void **, size_t, size_t);
static void *(*next_aligned_alloc)(size_t, size_t);
static void (*next_free)(void *);

/* What is asked for while the functions above are being looked up. */
static _Alignas(64) char early_memory[1 << 14];
static size_t early_bytes;
static int looking_up;

static atomic_long armed;   /* whether allocations are counted */
static atomic_long left;    /* allocations until the one that fails; from 0 on none does */
static atomic_long counted; /* since counting began */
static atomic_long failed;  /* the same, of those that failed */
static atomic_long smallest;
static pthread_t thread; /* whose allocations are counted */

static void look_up(void) {
    if (next_free != NULL || looking_up)
        return;
    looking_up = 1;
    next_malloc = dlsym(RTLD_NEXT, "malloc");
    next_calloc = dlsym(RTLD_NEXT, "calloc");
    next_realloc = dlsym(RTLD_NEXT, "realloc");
    next_posix_memalign = dlsym(RTLD_NEXT, "posix_memalign");
    next_aligned_alloc = dlsym(RTLD_NEXT, "aligned_alloc");
    next_free = dlsym(RTLD_NEXT, "free");
    looking_up = 0;
}

static int is_early(const void *memory) {
    return (const char *)memory >= early_memory && (const char *)memory < early_memory + sizeof early_memory;
}

static void *early(size_t size) {
    void *memory = early_memory + early_bytes;
    size = (size + 63) / 64 * 64;
    if (size > sizeof early_memory - early_bytes)
        return NULL;
    early_bytes += size;
    return memory;
}

static int is_to_fail(size_t size) {
    if (!atomic_load(&armed) || (long)size < atomic_load(&smallest) || !pthread_equal(thread, pthread_self()))
        return 0;
    atomic_fetch_add(&counted, 1);
    if (atomic_fetch_sub(&left, 1) != 1)
        return 0;
    atomic_fetch_add(&failed, 1);
    errno = ENOMEM;
    return 1;
}

/* From now on count this thread's allocations of `bytes` and more, and let the `number`-th fail. */
void fail_allocation(long number, long bytes) {
    thread = pthread_self();
    atomic_store(&left, number);
    atomic_store(&smallest, bytes);
    atomic_store(&counted, 0);
    atomic_store(&failed, 0);
    atomic_store(&armed, 1);
}

void stop_counting(void) { atomic_store(&armed, 0); }

long allocations_counted(void) { return atomic_load(&counted); }

long allocations_failed(void) { return atomic_load(&failed); }

void *malloc(size_t size) {
    look_up();
    if (next_malloc == NULL)
        return early(size);
    return is_to_fail(size) ? NULL : next_malloc(size);
}

void *calloc(size_t count, size_t size) {
    look_up();
    if (next_calloc == NULL)
        return early(count * size); /* a few, of zeros */
    return is_to_fail(count * size) ? NULL : next_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
    look_up();
    if (is_early(memory)) {
        const size_t rest = (size_t)(early_memory + sizeof early_memory - (char *)memory);
        void *other = malloc(size);
        if (other != NULL)
            memcpy(other, memory, size < rest ? size : rest);
        return other;
    }
    return is_to_fail(size) ? NULL : next_realloc(memory, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    look_up();
    return is_to_fail(size) ? ENOMEM : next_posix_memalign(memory, alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    look_up();
    return is_to_fail(size) ? NULL : next_aligned_alloc(alignment, size);
}

void free(void *memory) {
    if (!is_early(memory)) {
        look_up();
        next_free(memory);
    }
}
