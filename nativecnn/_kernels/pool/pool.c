#define _GNU_SOURCE /* names of threads, processors */
#include "pool.h"

#include "fpstate.h"

static void run_in_order(nativecnn_task function, const void *context, ptrdiff_t tasks) {
    const uint64_t state = nativecnn_enter_fp_state();
    for (ptrdiff_t task = 0; task < tasks; task++)
        function(context, task, 0);
    nativecnn_leave_fp_state(state);
}

#if defined(NATIVECNN_SERIAL)

void nativecnn_share_out(nativecnn_task function, const void *context, ptrdiff_t tasks, int threads) {
    (void)threads;
    run_in_order(function, context, tasks);
}

int nativecnn_pool_workers(void) { return 0; }

int nativecnn_prepare_pool(void) { return 1; }

const char *nativecnn_threads_library(void) { return NULL; }

#else

#include "platform.h"

enum {
    MOST_PARTS = 256,   /* of a job; more threads than that are not used */
    SHARES = 4,         /* a thread takes one in so many of the tasks that a part still has, and at least one */
    SPINS = 1000,       /* looks, some 25 μs, before a thread sleeps */
    CALLS_TO_TRY = 1000 /* after a thread could not be created, so many calls do not ask again */
};

/* Each thread begins with a part of the tasks of its own, the same in each call, so that it meets in its caches what it wrote
 * in the call before; then it helps with the others. */
typedef struct {
    nativecnn_atomic next; /* the first task that nobody has taken */
    ptrdiff_t end;
    char apart[64 - 2 * sizeof(ptrdiff_t)]; /* from what other threads write */
} part;

/* It lives on its caller's stack. What is not constant or atomic is guarded by the pool's mutex. */
typedef struct job {
    nativecnn_task function;
    const void *context;
    int threads;
    int processor;            /* the caller's as it began; −1 if that is not known */
    nativecnn_atomic working; /* workers that have joined and not left */
    int joined;               /* threads that ever took part */
    int open;                 /* in the list of those that may be joined */
    int waits;                /* the caller sleeps until `finished` */
    nativecnn_condition finished;
    struct job *following;
    part parts[MOST_PARTS]; /* as many as threads */
} job;

static struct {
    nativecnn_mutex mutex;
    nativecnn_condition posted; /* wakes workers */
    nativecnn_atomic open;      /* jobs in the list */
    job *first;
    int workers;
    int spinning;
    int sleeping;
    int calls_to_try;
    int alone;               /* calls in a row that woke workers, none of whom came */
    int numbers[MOST_PARTS]; /* the system's, of the workers */
    int numbered;
} pool = {.mutex = NATIVECNN_MUTEX_START, .posted = NATIVECNN_CONDITION_START};

static void make_job(job *job, nativecnn_task function, const void *context, ptrdiff_t tasks, int threads) {
    const ptrdiff_t each = tasks / threads, longer = tasks % threads;
    job->function = function;
    job->context = context;
    job->threads = threads;
    job->processor = nativecnn_processor();
    nativecnn_make_number(&job->working, 0);
    job->joined = 1; /* the caller */
    job->open = job->waits = 0;
    job->following = NULL;
    for (int i = 0; i < threads; i++) {
        nativecnn_make_number(&job->parts[i].next, i * each + (i < longer ? i : longer));
        job->parts[i].end = (i + 1) * each + (i + 1 < longer ? i + 1 : longer);
    }
}

static void open_job(job *job) {
    struct job **place = &pool.first;
    while (*place != NULL)
        place = &(*place)->following;
    *place = job;
    job->open = 1;
    nativecnn_store(&pool.open, nativecnn_load(&pool.open) + 1);
}

static void close_job(job *job) {
    struct job **place = &pool.first;
    if (!job->open)
        return;
    while (*place != job)
        place = &(*place)->following;
    *place = job->following;
    job->open = 0;
    nativecnn_store(&pool.open, nativecnn_load(&pool.open) - 1);
}

static void run_part(const job *job, part *part, int thread) {
    ptrdiff_t first = nativecnn_load(&part->next);
    while (first < part->end) {
        const ptrdiff_t share = (part->end - first) / SHARES, count = share > 1 ? share : 1;
        if (nativecnn_exchange_if(&part->next, &first, first + count)) {
            for (ptrdiff_t task = first; task < first + count; task++)
                job->function(job->context, task, thread);
            first = nativecnn_load(&part->next);
        }
    }
}

static void run_tasks(job *job, int thread) {
    const uint64_t state = nativecnn_enter_fp_state();
    for (int part = thread; part < thread + job->threads; part++)
        run_part(job, &job->parts[part % job->threads], thread);
    nativecnn_leave_fp_state(state);
}

/* Wait a little for `number` to become 0 (`zero`) or anything else; whoever calls looks once more under the mutex. */
static void spin(nativecnn_atomic *number, int zero) {
    for (int looks = 0; looks < SPINS && (nativecnn_load(number) == 0) != zero; looks++)
        nativecnn_pause();
}

/* The mutex is held when it is called and when it returns. */
static void wait_for_job(void) {
    pool.spinning++;
    nativecnn_unlock(&pool.mutex);
    spin(&pool.open, 0);
    nativecnn_lock(&pool.mutex);
    pool.spinning--;
    while (pool.first == NULL) {
        pool.sleeping++;
        nativecnn_wait(&pool.posted, &pool.mutex);
        pool.sleeping--;
    }
}

static void take_part(job *job) {
    const int thread = job->joined++;
    if (job->joined == job->threads)
        close_job(job);
    nativecnn_store(&job->working, nativecnn_load(&job->working) + 1);
    nativecnn_unlock(&pool.mutex);
    /* A system may wake a thread where the caller is at work, and leave both there for milliseconds. */
    if (job->processor >= 0 && nativecnn_processor() == job->processor)
        nativecnn_leave_processor(0, job->processor);
    run_tasks(job, thread);
    nativecnn_lock(&pool.mutex);
    close_job(job);
    const ptrdiff_t working = nativecnn_load(&job->working) - 1;
    if (working == 0 && job->waits)
        nativecnn_signal(&job->finished);
    nativecnn_store(&job->working, working); /* from here on, the job may be gone */
}

NATIVECNN_THREAD_BODY(work) {
    (void)unused;
    nativecnn_name_thread();
    nativecnn_lock(&pool.mutex);
    if (pool.numbered < MOST_PARTS)
        pool.numbers[pool.numbered++] = nativecnn_thread_number();
    for (;;) {
        if (pool.first == NULL)
            wait_for_job();
        take_part(pool.first);
    }
    return 0;
}

static void create_workers(int count) {
    if (pool.workers < count && pool.calls_to_try > 0) {
        pool.calls_to_try--;
        return;
    }
    while (pool.workers < count) {
        if (!nativecnn_start_thread(work)) {
            pool.calls_to_try = CALLS_TO_TRY;
            return;
        }
        pool.workers++;
    }
}

/* A worker that the system wakes where the caller is at work may not get to run at all while the caller computes. Then it
 * has to be moved by the caller: after the 1st, 2nd, 4th, 8th … call in a row that nobody came to. The mutex is held. */
static void move_workers(int processor) {
    pool.alone++;
    if (processor >= 0 && (pool.alone & (pool.alone - 1)) == 0)
        for (int worker = 0; worker < pool.numbered; worker++)
            nativecnn_leave_processor(pool.numbers[worker], processor);
}

void nativecnn_share_out(nativecnn_task function, const void *context, ptrdiff_t tasks, int threads) {
    if (threads <= 1 || tasks <= 1) {
        run_in_order(function, context, tasks);
        return;
    }
    if (threads > MOST_PARTS)
        threads = MOST_PARTS;
    if (threads > tasks)
        threads = (int)tasks;
    job job;
    make_job(&job, function, context, tasks, threads);
    nativecnn_lock(&pool.mutex);
    create_workers(threads - 1);
    open_job(&job);
    int to_wake = threads - 1 - pool.spinning;
    if (to_wake > pool.sleeping)
        to_wake = pool.sleeping;
    nativecnn_unlock(&pool.mutex);
    for (int woken = 0; woken < to_wake; woken++)
        nativecnn_signal(&pool.posted);

    run_tasks(&job, 0);

    nativecnn_lock(&pool.mutex);
    close_job(&job);
    if (job.joined > 1)
        pool.alone = 0;
    else if (to_wake > 0)
        move_workers(nativecnn_processor());
    nativecnn_unlock(&pool.mutex);
    spin(&job.working, 1);
    if (nativecnn_load(&job.working) == 0)
        return;
    nativecnn_lock(&pool.mutex);
    if (nativecnn_load(&job.working) != 0) {
        nativecnn_make_condition(&job.finished);
        job.waits = 1;
        while (nativecnn_load(&job.working) != 0)
            nativecnn_wait(&job.finished, &pool.mutex);
        nativecnn_end_condition(&job.finished);
    }
    nativecnn_unlock(&pool.mutex);
}

int nativecnn_pool_workers(void) {
    nativecnn_lock(&pool.mutex);
    const int workers = pool.workers;
    nativecnn_unlock(&pool.mutex);
    return workers;
}

const char *nativecnn_threads_library(void) { return NATIVECNN_THREADS_LIBRARY; }

#if defined(_WIN32)

int nativecnn_prepare_pool(void) { return 1; } /* no fork */

#else

static void before_fork(void) { nativecnn_lock(&pool.mutex); }

static void after_fork_in_parent(void) { nativecnn_unlock(&pool.mutex); }

/* Of all threads only the one that forked lives on, outside of any job. The workers and the callers are the parent's. */
static void after_fork_in_child(void) {
    pool.first = NULL;
    nativecnn_store(&pool.open, 0);
    pool.workers = pool.spinning = pool.sleeping = pool.calls_to_try = pool.alone = pool.numbered = 0;
    nativecnn_make_condition(&pool.posted);
    nativecnn_unlock(&pool.mutex);
}

int nativecnn_prepare_pool(void) { return pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) == 0; }

#endif
#endif
