/* Columns made orthogonal to each other, in float64. A block holds NATIVECNN_COLUMNS of them side by side:
 * [rows][NATIVECNN_COLUMNS]; a column alone is every NATIVECNN_COLUMNS-th number. */

static void NAME(normalize_column)(ptrdiff_t rows, double *column) {
    double total = 0.0;
    for (ptrdiff_t i = 0; i < rows; i++) {
        const double value = column[i * NATIVECNN_COLUMNS];
        total += value * value;
    }
    const double norm = sqrt(total);
    for (ptrdiff_t i = 0; i < rows; i++) {
        column[i * NATIVECNN_COLUMNS] /= norm;
    }
}

/* Take a column's part out of those of a block from the one of number `first` on. The column may be one before it. */
static void NAME(project_out)(ptrdiff_t rows, const double *column, double *block, int first) {
    double totals[NATIVECNN_COLUMNS] = {0.0};
    for (ptrdiff_t i = 0; i < rows; i++) {
        const double q = column[i * NATIVECNN_COLUMNS];
        UNROLL for (int j = 0; j < NATIVECNN_COLUMNS; j++) { totals[j] += q * block[i * NATIVECNN_COLUMNS + j]; }
    }
    if (first == 0) {
        for (ptrdiff_t i = 0; i < rows; i++) {
            const double q = column[i * NATIVECNN_COLUMNS];
            UNROLL for (int j = 0; j < NATIVECNN_COLUMNS; j++) { block[i * NATIVECNN_COLUMNS + j] -= totals[j] * q; }
        }
        return;
    }
    for (ptrdiff_t i = 0; i < rows; i++) {
        const double q = column[i * NATIVECNN_COLUMNS];
        for (int j = first; j < NATIVECNN_COLUMNS; j++) {
            block[i * NATIVECNN_COLUMNS + j] -= totals[j] * q;
        }
    }
}
