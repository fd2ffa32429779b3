/* Sharing out tasks between threads: one pool in the process.
 *
 * A call opens a job and works on it itself. Idle workers join it as they come, and each takes tasks of it until there are
 * none. Then the caller closes the job and waits for those that have joined, never for one that has not. So a
 * call made within a task, or while every worker is busy, or where no thread can be created, runs on fewer threads; and
 * no call waits for anything but the tasks in hand of its own job, which rules out deadlock. */
#ifndef NATIVECNN_POOL_H
#define NATIVECNN_POOL_H

#include <stddef.h>

/* `thread` is below the number of threads of the call, and no two that run at once in it have the same. */
typedef void (*nativecnn_task)(const void *context, ptrdiff_t task, int thread);

/* Call `function` once for each task from 0 to tasks - 1, on at most `threads` threads, of which the caller is number 0,
 * under the floating-point state of the contract. */
void nativecnn_share_out(nativecnn_task function, const void *context, ptrdiff_t tasks, int threads);

/* How many threads the pool has created in this process; there never are more than the largest call asked for, less one. */
int nativecnn_pool_workers(void);

/* To be called once, before the first job: lets a child forked from this process start with a pool of its own. Returns
 * whether that could be arranged. */
int nativecnn_prepare_pool(void);

/* Names the library that threads come from; NULL in a serial build. */
const char *nativecnn_threads_library(void);

#endif
