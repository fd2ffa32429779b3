/* Emulated operations that are done lane by lane. */
#include "../fused.h"

/* `name`: a * b + c, each lane rounded once. */
#define EMULATED_FMADD(name, VECTOR, LANES)                                                                            \
    static OUTSIDE_TILES VECTOR name(VECTOR a, VECTOR b, VECTOR c) {                                                   \
        float factors[2][LANES], sums[LANES];                                                                          \
        memcpy(factors[0], &a, sizeof a);                                                                              \
        memcpy(factors[1], &b, sizeof b);                                                                              \
        memcpy(sums, &c, sizeof c);                                                                                    \
        for (int i = 0; i < LANES; i++)                                                                                \
            sums[i] = nativecnn_fused(factors[0][i], factors[1][i], sums[i]);                                          \
        memcpy(&c, sums, sizeof c);                                                                                    \
        return c;                                                                                                      \
    }
