/* Compares a smooth activation function, or its slope, with its value in long double.

   usage: smooth_accuracy FUNCTION STEP

   For every STEP-th of the 2^32 float32 values (1: all of them) it rounds the float64 result once, as the kernels do,
   and measures the error in units of the last place of a float32 of that size, subnormals included. Prints how many were
   compared, how many were not the nearest float32, and the largest error above half a unit, with its argument. long double
   is to have 64 bits at least: its own errors are below 2^-30 of these units. */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "smooth.h"

#if LDBL_MANT_DIG < 64
#error "long double is no wider than double"
#endif

static long double sigmoid(long double x) { return 1.0L / (1.0L + expl(-x)); }
static long double logit(long double x) {
    return 1.5957691216057307117597842397375274738L * (x + 0.044715L * x * x * x);
}
static long double below(long double x) { return 0.5L * erfcl(-x * 0.70710678118654752440084436210484903928L); }
static long double density(long double x) { return 0.39894228040143267793994605993438186848L * expl(-0.5L * x * x); }
static long double gate(long double x) { /* tanh(log(1 + e^x)) */
    const long double t = expl(-fabsl(x));
    return x < 0.0L ? t * (t + 2.0L) / (t * (t + 2.0L) + 2.0L) : (1.0L + 2.0L * t) / (1.0L + 2.0L * t + 2.0L * t * t);
}
static long double rest_of_gate(long double x) { /* 1 - gate(x) */
    const long double t = expl(-fabsl(x));
    return x < 0.0L ? 2.0L / (t * (t + 2.0L) + 2.0L) : 2.0L * t * t / (1.0L + 2.0L * t + 2.0L * t * t);
}

static double elu(double x) { return nativecnn_elu(x, 1.0); }
static long double exact_elu(long double x) { return x > 0.0L ? x : expm1l(x); }
static long double exact_selu(long double x) {
    return x > 0.0L ? 1.0507009873554804934193349852946L * x
                    : 1.0507009873554804934193349852946L * 1.6732632423543772848170429916717L * expm1l(x);
}
static long double exact_softplus(long double x) { return (x > 0.0L ? x : 0.0L) + log1pl(expl(-fabsl(x))); }
static long double exact_softplus_slope(long double y) { return -expm1l(-fabsl(y)); }
static long double exact_softsign(long double x) { return x / (1.0L + fabsl(x)); }
static long double exact_softsign_slope(long double x) { return 1.0L / ((1.0L + fabsl(x)) * (1.0L + fabsl(x))); }
static long double exact_silu(long double x) { return x * sigmoid(x); }
static long double exact_silu_slope(long double x) { return sigmoid(x) * (1.0L + x * sigmoid(-x)); }
static long double exact_gelu(long double x) { return x * below(x); }
static long double exact_gelu_slope(long double x) { return below(x) + x * density(x); }
static long double exact_approximate_gelu(long double x) { return x * sigmoid(logit(x)); }
static long double exact_approximate_gelu_slope(long double x) {
    const long double slope = 1.5957691216057307117597842397375274738L * (1.0L + 3.0L * 0.044715L * x * x);
    return sigmoid(logit(x)) * (1.0L + x * slope * sigmoid(-logit(x)));
}
static long double exact_mish(long double x) { return x * gate(x); }
static long double exact_mish_slope(long double x) {
    return gate(x) + x * sigmoid(x) * rest_of_gate(x) * (1.0L + gate(x));
}

typedef struct {
    const char *name;
    double (*function)(double);
    long double (*exact)(long double);
} Function;

#define FUNCTION(name) {#name, nativecnn_##name, exact_##name}

static const Function functions[] = {
    {"elu", elu, exact_elu},
    FUNCTION(selu),
    FUNCTION(softplus),
    FUNCTION(softplus_slope),
    FUNCTION(softsign),
    FUNCTION(softsign_slope),
    FUNCTION(silu),
    FUNCTION(silu_slope),
    FUNCTION(gelu),
    FUNCTION(gelu_slope),
    FUNCTION(approximate_gelu),
    FUNCTION(approximate_gelu_slope),
    FUNCTION(mish),
    FUNCTION(mish_slope),
};

static void measure(const Function *function, uint64_t step) {
    uint64_t compared = 0, wrong = 0;
    long double largest = 0.0L;
    float at = 0.0f;
    for (uint64_t number = 0; number < UINT64_C(0x100000000); number += step) {
        const uint32_t bits = (uint32_t)number;
        float x;
        memcpy(&x, &bits, sizeof x);
        const long double exact = function->exact(x);
        if (!isfinite(x) || !isfinite(exact) || fabsl(exact) > FLT_MAX)
            continue; /* beyond what long double's exponentials bear, all is 0, 1 or x: other tests look there */
        const float found = (float)function->function(x);
        int exponent;
        frexpl(exact, &exponent);
        const long double unit = ldexpl(1.0L, exponent < -125 ? -149 : exponent - 24);
        const long double error = fabsl(found - exact) / unit;
        wrong += error > 0.5L;
        compared++;
        if (error > largest) {
            largest = error;
            at = x;
        }
    }
    printf("%s compared %" PRIu64 " wrong %" PRIu64 " above half %.3Lg at %a\n", function->name, compared, wrong,
           largest - 0.5L, at);
}

int main(int count, char **arguments) {
    if (count != 3)
        return 2;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (strcmp(arguments[1], functions[i].name) == 0) {
            measure(&functions[i], strtoull(arguments[2], NULL, 10));
            return 0;
        }
    }
    return 2;
}
