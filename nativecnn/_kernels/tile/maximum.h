/* Which of two values is the larger: a NaN wins over numbers; of equals the first stays. */
#ifndef NATIVECNN_MAXIMUM_H
#define NATIVECNN_MAXIMUM_H

static inline int nativecnn_beats(float candidate, float best) {
    return (candidate > best) | ((candidate != candidate) & (best == best));
}

#endif
