/* Preloaded in place of the system's pthread_create: as many threads as `threads_allowed`, then none. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>

int threads_allowed = 1000;

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
    int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = dlsym(RTLD_NEXT, "pthread_create");
    if (threads_allowed <= 0)
        return EAGAIN;
    threads_allowed--;
    return create(thread, attributes, body, argument);
}
