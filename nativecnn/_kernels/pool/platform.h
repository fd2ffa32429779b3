/* What the pool asks of the system: a mutex, a condition, a thread, an atomic number; by POSIX threads or by Win32. */
#ifndef NATIVECNN_PLATFORM_H
#define NATIVECNN_PLATFORM_H

#include <stddef.h>

#define NATIVECNN_STACK_BYTES ((size_t)1 << 20) /* of a worker: ample for kernels, whose largest frames take some kB */

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#define NATIVECNN_THREADS_LIBRARY "Windows threads"
#define NATIVECNN_MUTEX_START SRWLOCK_INIT
#define NATIVECNN_CONDITION_START CONDITION_VARIABLE_INIT
#define NATIVECNN_THREAD_BODY(name) static DWORD WINAPI name(LPVOID unused)

typedef SRWLOCK nativecnn_mutex;
typedef CONDITION_VARIABLE nativecnn_condition;
typedef LPTHREAD_START_ROUTINE nativecnn_thread_body;

static inline void nativecnn_lock(nativecnn_mutex *mutex) { AcquireSRWLockExclusive(mutex); }
static inline void nativecnn_unlock(nativecnn_mutex *mutex) { ReleaseSRWLockExclusive(mutex); }
static inline void nativecnn_make_condition(nativecnn_condition *condition) { InitializeConditionVariable(condition); }
static inline void nativecnn_end_condition(nativecnn_condition *condition) { (void)condition; }
static inline void nativecnn_signal(nativecnn_condition *condition) { WakeConditionVariable(condition); }
static inline void nativecnn_wait(nativecnn_condition *condition, nativecnn_mutex *mutex) {
    (void)SleepConditionVariableSRW(condition, mutex, INFINITE, 0);
}
static inline void nativecnn_name_thread(void) {}
static inline int nativecnn_start_thread(nativecnn_thread_body body) {
    const HANDLE thread =
        CreateThread(NULL, NATIVECNN_STACK_BYTES, body, NULL, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (thread != NULL)
        CloseHandle(thread);
    return thread != NULL;
}
#else
#include <pthread.h>
#include <signal.h>
#define NATIVECNN_THREADS_LIBRARY "POSIX threads"
#define NATIVECNN_MUTEX_START PTHREAD_MUTEX_INITIALIZER
#define NATIVECNN_CONDITION_START PTHREAD_COND_INITIALIZER
#define NATIVECNN_THREAD_BODY(name) static void *name(void *unused)

typedef pthread_mutex_t nativecnn_mutex;
typedef pthread_cond_t nativecnn_condition;
typedef void *(*nativecnn_thread_body)(void *);

static inline void nativecnn_lock(nativecnn_mutex *mutex) { (void)pthread_mutex_lock(mutex); }
static inline void nativecnn_unlock(nativecnn_mutex *mutex) { (void)pthread_mutex_unlock(mutex); }
static inline void nativecnn_make_condition(nativecnn_condition *condition) {
    (void)pthread_cond_init(condition, NULL);
}
static inline void nativecnn_end_condition(nativecnn_condition *condition) { (void)pthread_cond_destroy(condition); }
static inline void nativecnn_signal(nativecnn_condition *condition) { (void)pthread_cond_signal(condition); }
static inline void nativecnn_wait(nativecnn_condition *condition, nativecnn_mutex *mutex) {
    (void)pthread_cond_wait(condition, mutex);
}
static inline void nativecnn_name_thread(void) {
#if defined(__linux__)
    (void)pthread_setname_np(pthread_self(), "nativecnn");
#elif defined(__APPLE__)
    (void)pthread_setname_np("nativecnn");
#endif
}
/* A signal meant for the process is left to the program's own threads; a fault has to be told where it happens. */
static inline int nativecnn_start_thread(nativecnn_thread_body body) {
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t blocked, before;
    int error;
    if (pthread_attr_init(&attributes) != 0)
        return 0;
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    (void)pthread_attr_setstacksize(&attributes, NATIVECNN_STACK_BYTES);
    sigfillset(&blocked);
    sigdelset(&blocked, SIGSEGV);
    sigdelset(&blocked, SIGBUS);
    sigdelset(&blocked, SIGFPE);
    sigdelset(&blocked, SIGILL);
    sigdelset(&blocked, SIGABRT);
    (void)pthread_sigmask(SIG_SETMASK, &blocked, &before);
    error = pthread_create(&thread, &attributes, body, NULL);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    return error == 0;
}
#endif

#if defined(__linux__)
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
static inline int nativecnn_processor(void) { return sched_getcpu(); }
static inline int nativecnn_thread_number(void) { return (int)syscall(SYS_gettid); }
/* Have a thread (0: this one) go on at another of the processors that it may use, where there is one; later it may use
 * all again. */
static inline void nativecnn_leave_processor(int thread, int processor) {
    cpu_set_t allowed, others;
    if (sched_getaffinity(thread, sizeof allowed, &allowed) != 0 || !CPU_ISSET(processor, &allowed))
        return;
    others = allowed;
    CPU_CLR(processor, &others);
    if (CPU_COUNT(&others) > 0 && sched_setaffinity(thread, sizeof others, &others) == 0)
        (void)sched_setaffinity(thread, sizeof allowed, &allowed);
}
#else
static inline int nativecnn_processor(void) { return -1; }
static inline int nativecnn_thread_number(void) { return 0; }
static inline void nativecnn_leave_processor(int thread, int processor) {
    (void)thread;
    (void)processor;
}
#endif

/* exchange_if returns whether `*number` was `*expected`, and where it was not, writes it there. */
#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
typedef PVOID volatile nativecnn_atomic; /* as wide as ptrdiff_t */
static inline void nativecnn_make_number(nativecnn_atomic *number, ptrdiff_t value) { *number = (PVOID)value; }
static inline ptrdiff_t nativecnn_load(nativecnn_atomic *number) {
    return (ptrdiff_t)InterlockedCompareExchangePointer(number, NULL, NULL);
}
static inline void nativecnn_store(nativecnn_atomic *number, ptrdiff_t value) {
    (void)InterlockedExchangePointer(number, (PVOID)value);
}
static inline int nativecnn_exchange_if(nativecnn_atomic *number, ptrdiff_t *expected, ptrdiff_t value) {
    const ptrdiff_t found = (ptrdiff_t)InterlockedCompareExchangePointer(number, (PVOID)value, (PVOID)*expected);
    const int same = found == *expected;
    *expected = found;
    return same;
}
#else
#include <stdatomic.h>
typedef atomic_ptrdiff_t nativecnn_atomic;
static inline void nativecnn_make_number(nativecnn_atomic *number, ptrdiff_t value) { atomic_init(number, value); }
static inline ptrdiff_t nativecnn_load(nativecnn_atomic *number) {
    return atomic_load_explicit(number, memory_order_acquire);
}
static inline void nativecnn_store(nativecnn_atomic *number, ptrdiff_t value) {
    atomic_store_explicit(number, value, memory_order_release);
}
static inline int nativecnn_exchange_if(nativecnn_atomic *number, ptrdiff_t *expected, ptrdiff_t value) {
    return atomic_compare_exchange_weak_explicit(number, expected, value, memory_order_relaxed, memory_order_relaxed);
}
#endif

/* Tell the processor that this thread only waits. */
static inline void nativecnn_pause(void) {
#if defined(_MSC_VER) && !defined(__clang__)
    YieldProcessor();
#elif defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

#endif
