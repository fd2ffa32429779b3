/* The pool under callers that come at once, calls within tasks, and forks: for the compiler's sanitizers. Its argument is
 * the number of forks. Prints "right". */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pool.h"

enum { CALLERS = 4, CALLS = 1000, MOST_TASKS = 40, MOST_THREADS = 6, INNER_TASKS = 5 };

typedef struct {
    int threads;
    int done[MOST_TASKS];
    int by_thread[MOST_THREADS]; /* without atomics: a thread's number is its own */
    atomic_int busy[MOST_THREADS];
} call;

static atomic_int errors, by_workers, forking; /* callers go on while their process forks */
static int child;

static void expect(int condition) {
    if (!condition)
        errors++;
}

static void inner(const void *context, ptrdiff_t task, int thread) {
    (void)thread;
    (*(int *const *)context)[task]++;
}

static void outer(const void *context, ptrdiff_t task, int thread) {
    call *const c = (call *)context;
    expect(0 <= thread && thread < c->threads && !atomic_exchange(&c->busy[thread], 1));
    c->done[task]++;
    c->by_thread[thread]++;
    for (volatile int i = 0; i < 1000; i++) {}
    if (task % 7 == 0) {
        int done[INNER_TASKS] = {0}, *first = done;
        nativecnn_share_out(inner, &first, INNER_TASKS, 3);
        for (int i = 0; i < INNER_TASKS; i++)
            expect(done[i] == 1);
    }
    if (thread > 0)
        by_workers++;
    atomic_store(&c->busy[thread], 0);
}

static void *caller(void *seed) {
    unsigned int random = (unsigned int)(size_t)seed;
    for (int i = 0; i < CALLS || (forking && !child); i++) {
        const int tasks = rand_r(&random) % (MOST_TASKS + 1);
        call c = {.threads = 1 + rand_r(&random) % MOST_THREADS};
        int sum = 0;
        nativecnn_share_out(outer, &c, tasks, c.threads);
        for (int task = 0; task < MOST_TASKS; task++)
            expect(c.done[task] == (task < tasks));
        for (int thread = 0; thread < MOST_THREADS; thread++)
            sum += c.by_thread[thread];
        expect(sum == tasks);
    }
    return NULL;
}

int main(int count, char **arguments) {
    pthread_t callers[CALLERS];
    const int forks = count > 1 ? atoi(arguments[1]) : 0;
    expect(nativecnn_prepare_pool());
    forking = forks > 0;
    for (size_t i = 0; i < CALLERS; i++)
        expect(pthread_create(&callers[i], NULL, caller, (void *)(i + 1)) == 0);
    for (int i = 0; i < forks; i++) {
        int status = -1;
        const pid_t process = fork();
        if (process == 0) {
            child = 1;
            alarm(60);
            expect(nativecnn_pool_workers() == 0);
            if (i % 10 == 0) {
                caller((void *)(size_t)(i + 1));
                expect(nativecnn_pool_workers() == MOST_THREADS - 1);
            }
            _exit(errors != 0);
        }
        expect(process > 0 && waitpid(process, &status, 0) == process && status == 0);
    }
    forking = 0;
    for (int i = 0; i < CALLERS; i++)
        expect(pthread_join(callers[i], NULL) == 0);
    expect(by_workers > 0 && nativecnn_pool_workers() == MOST_THREADS - 1);
    puts(errors == 0 ? "right" : "wrong");
    return errors != 0;
}
