/* Compares one elementary function with its correctly rounded value for all 2^32 inputs.

   usage: elementary_exhaustive exp|log|tanh|sigmoid

   The C library's float64 function decides an input when every value within 2^-44 (relative) of what it returns
   rounds to one float32: 256 float64 ulps or more, where good libraries err by one or two. MPFR, at 300 bits,
   decides the others. Prints the counts and, for the first few wrong results, what was expected; exits with 1 if
   there are any. */
#include <inttypes.h>
#include <mpfr.h>
#include <stdio.h>

#include "elementary.h"

enum { BLOCK = 4096, LINES = 20 };

typedef struct {
    const char *name;
    void (*over_block)(const float *x, float *y);
    double (*library)(double x);
    void (*exact)(mpfr_t x);
} Function;

#define OVER_BLOCK(function)                                                                                           \
    static void function##_block(const float *x, float *y) {                                                           \
        for (int i = 0; i < BLOCK; i++)                                                                                \
            y[i] = nativecnn_##function(x[i]);                                                                         \
    }

OVER_BLOCK(exp)
OVER_BLOCK(log)
OVER_BLOCK(tanh)
OVER_BLOCK(sigmoid)

static double sigmoid_library(double x) { return 1.0 / (1.0 + exp(-x)); }

static void exp_exact(mpfr_t x) { mpfr_exp(x, x, MPFR_RNDN); }

static void log_exact(mpfr_t x) { mpfr_log(x, x, MPFR_RNDN); }

static void tanh_exact(mpfr_t x) { mpfr_tanh(x, x, MPFR_RNDN); }

static void sigmoid_exact(mpfr_t x) {
    mpfr_neg(x, x, MPFR_RNDN);
    mpfr_exp(x, x, MPFR_RNDN);
    mpfr_add_ui(x, x, 1, MPFR_RNDN);
    mpfr_ui_div(x, 1, x, MPFR_RNDN);
}

static const Function functions[] = {
    {"exp", exp_block, exp, exp_exact},
    {"log", log_block, log, log_exact},
    {"tanh", tanh_block, tanh, tanh_exact},
    {"sigmoid", sigmoid_block, sigmoid_library, sigmoid_exact},
};

static int same_value(float a, float b) { return (a != a && b != b) || memcmp(&a, &b, sizeof a) == 0; }

static int check(const Function *function) {
    uint64_t decided_by_mpfr = 0, wrong = 0;
    float x[BLOCK], y[BLOCK];
    mpfr_t value;
    mpfr_init2(value, 300);
    for (uint64_t first = 0; first < UINT64_C(0x100000000); first += BLOCK) {
        for (uint32_t i = 0; i < BLOCK; i++) {
            uint32_t bits = (uint32_t)first + i;
            memcpy(&x[i], &bits, sizeof bits);
        }
        function->over_block(x, y);
        for (int i = 0; i < BLOCK; i++) {
            double approximate = function->library((double)x[i]);
            float expected = (float)(approximate * (1.0 - 0x1p-44));
            if (!same_value(expected, (float)(approximate * (1.0 + 0x1p-44)))) {
                mpfr_set_flt(value, x[i], MPFR_RNDN);
                function->exact(value);
                expected = mpfr_get_flt(value, MPFR_RNDN);
                decided_by_mpfr++;
            }
            if (!same_value(expected, y[i]) && wrong++ < LINES)
                printf("%s(%a): expected %a, got %a\n", function->name, x[i], expected, y[i]);
        }
    }
    mpfr_clear(value);
    printf("%s: 4294967296 inputs, %" PRIu64 " decided by MPFR, %" PRIu64 " wrong\n", function->name, decided_by_mpfr,
           wrong);
    return wrong != 0;
}

int main(int argument_count, char **arguments) {
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        if (argument_count == 2 && strcmp(arguments[1], functions[i].name) == 0)
            return check(&functions[i]);
    fprintf(stderr, "usage: %s exp|log|tanh|sigmoid\n", arguments[0]);
    return 2;
}
