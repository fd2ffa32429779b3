/* The processor's limit: independent fused multiply-adds on registers, for benchmarks to compare with. */

#define CHAINS 12 /* more than latency times throughput of current processors */

/* numbers: CHAINS different ones (alike chains would be computed once), overwritten with results. */
static double NAME(fma_limit)(ptrdiff_t iterations, float *numbers) {
    VECTOR total[CHAINS];
    const float half = 0.5f;
    const VECTOR factor = VECTOR_BROADCAST(&half);
    UNROLL for (int chain = 0; chain < CHAINS; chain++) { total[chain] = VECTOR_BROADCAST(numbers + chain); }
    for (ptrdiff_t iteration = 0; iteration < iterations; iteration++) {
        UNROLL for (int chain = 0; chain < CHAINS; chain++) { total[chain] = VECTOR_FMA(total[chain], factor, factor); }
    }
    UNROLL for (int chain = 0; chain < CHAINS; chain++) { VECTOR_STORE(numbers + chain * LANES, total[chain]); }
    return (double)iterations * CHAINS * LANES;
}
