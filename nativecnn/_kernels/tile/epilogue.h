/* What follows a sum before it is stored: nativecnn_epilogue in kernels.h. */

/* A vector of which `count` floats (1 to LANES) are in memory. */
static ALWAYS_INLINE VECTOR NAME(load_count)(const float *p, int count) {
    return count == LANES ? VECTOR_LOAD(p) : VECTOR_LOAD_PART(p, count);
}

/* The epilogue of rows × vectors of sums, of filters from `filter` on; the last vector has `last` floats in memory.
 * outputs: where each row will be stored. Each operation is a loop of its own: nothing is decided for single sums. */
static ALWAYS_INLINE void NAME(finish_sums)(const int rows, const int vectors, int last,
                                            const nativecnn_epilogue *epilogue, ptrdiff_t filter, float *const *outputs,
                                            VECTOR (*total)[TILE_VECTORS]) {
#define COUNT(v) ((v) < vectors - 1 ? LANES : last)
    if (epilogue->bias != NULL) {
        UNROLL for (int v = 0; v < vectors; v++) {
            const VECTOR bias = NAME(load_count)(epilogue->bias + filter + v * LANES, COUNT(v));
            UNROLL for (int p = 0; p < rows; p++) { total[p][v] = VECTOR_ADD(total[p][v], bias); }
        }
    }
    if (epilogue->scale != NULL) {
        UNROLL for (int v = 0; v < vectors; v++) {
            const VECTOR scale = NAME(load_count)(epilogue->scale + filter + v * LANES, COUNT(v));
            const VECTOR shift = NAME(load_count)(epilogue->shift + filter + v * LANES, COUNT(v));
            UNROLL for (int p = 0; p < rows; p++) { total[p][v] = VECTOR_FMA(total[p][v], scale, shift); }
        }
    }
    if (epilogue->residual != NULL) {
        UNROLL for (int p = 0; p < rows; p++) {
            const float *residual = epilogue->residual + (outputs[p] - epilogue->result);
            UNROLL for (int v = 0; v < vectors; v++) {
                total[p][v] = VECTOR_ADD(total[p][v], NAME(load_count)(residual + v * LANES, COUNT(v)));
            }
        }
    }
    if (epilogue->activation != NATIVECNN_LINEAR) {
        UNROLL for (int p = 0; p < rows; p++) {
            UNROLL for (int v = 0; v < vectors; v++) { total[p][v] = VECTOR_RELU(total[p][v]); }
        }
    }
    if (epilogue->activation == NATIVECNN_RELU6) {
        const float six = 6.0f;
        const VECTOR most = VECTOR_BROADCAST(&six);
        UNROLL for (int p = 0; p < rows; p++) {
            UNROLL for (int v = 0; v < vectors; v++) { total[p][v] = VECTOR_CAP(total[p][v], most); }
        }
    }
#undef COUNT
}
