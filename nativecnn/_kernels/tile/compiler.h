/* What compilers are told. */
#ifndef NATIVECNN_COMPILER_H
#define NATIVECNN_COMPILER_H

/* INDEPENDENT: the loop's iterations touch different elements, though an output array may be an input array. */
/* ALWAYS_INLINE: for bodies whose constant arguments must be known to the compiler. */
#if defined(__clang__)
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#define UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define INDEPENDENT _Pragma("GCC ivdep")
#define UNROLL _Pragma("GCC unroll 64")
#else
#define INDEPENDENT __pragma(loop(ivdep))
#define UNROLL
#endif
#if defined(__GNUC__)
#define ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE __forceinline
#endif

#endif
