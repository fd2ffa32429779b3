/* Memory for kernels: aligned to cache lines, zeros at first; large pieces in large pages where the system has them, as a
 * pass walks through dozens of places of them at once. */
#ifndef NATIVECNN_PAGES_H
#define NATIVECNN_PAGES_H

#include <stdint.h>
#include <stdlib.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#define NATIVECNN_LINE 64
#define NATIVECNN_LARGE_PAGE ((size_t)1 << 21)

/* What was allocated, to be freed, and where in it the memory begins. */
typedef struct {
    void *allocated;
    char *memory;
} nativecnn_pages;

static inline nativecnn_pages nativecnn_allocate(size_t size) {
    nativecnn_pages pages = {NULL, NULL};
    const size_t alignment = size >= 2 * NATIVECNN_LARGE_PAGE ? NATIVECNN_LARGE_PAGE : NATIVECNN_LINE;
    if (size > SIZE_MAX - alignment)
        return pages;
    pages.allocated = calloc(size + alignment, 1);
    if (pages.allocated == NULL)
        return pages;
    pages.memory = (char *)(((uintptr_t)pages.allocated + alignment - 1) & ~(uintptr_t)(alignment - 1));
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (alignment == NATIVECNN_LARGE_PAGE)
        (void)madvise(pages.memory, size / NATIVECNN_LARGE_PAGE * NATIVECNN_LARGE_PAGE, MADV_HUGEPAGE); /* a wish */
#endif
    return pages;
}

#endif
