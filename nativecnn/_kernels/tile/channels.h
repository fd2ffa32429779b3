/* Vectors of neighbouring channels, of which the last may have fewer than LANES. */
#ifndef NATIVECNN_CHANNELS_H
#define NATIVECNN_CHANNELS_H

static ALWAYS_INLINE VECTOR NAME(load_channels)(const float *p, const int count) {
    return count == LANES ? VECTOR_LOAD(p) : VECTOR_LOAD_PART(p, count);
}

static ALWAYS_INLINE void NAME(store_channels)(float *p, VECTOR a, const int count) {
    if (count == LANES)
        VECTOR_STORE(p, a);
    else
        VECTOR_STORE_PART(p, count, a);
}

#endif
