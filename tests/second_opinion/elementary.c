// docs/arithmetic-elementary.md: exp, log, tanh, sigmoid are the float32 values nearest to the exact ones. Not by the
// operations given there: by functions of 113 bits, whose error decides nothing, as no exact value lies so close to the
// middle of two float32 values (2⁻⁵²·⁶ ulp at the closest). That it does not is tested at every value.

#include "second_opinion.h"

#if LDBL_MANT_DIG >= 113
typedef long double wide;
#define WIDE(name) name##l
#else
typedef __float128 wide; // of libquadmath, whose header only gcc finds
wide expq(wide), logq(wide), tanhq(wide);
#define WIDE(name) name##q
#endif

// How many results were too close to the middle of two float32 values to be told.
int64_t undecided = 0;

// The float32 nearest to an exact value of which this one differs by less than 2⁻¹⁰⁰ of its size.
static float round_to_float(wide value) {
    wide margin = value * 0x1p-100L;
    float low = (float)(value - margin), high = (float)(value + margin);
    int finite = value - value == 0;
    if (finite && low != high)
        undecided++;
    return (float)value;
}

float correct_exp(float x) { return round_to_float(WIDE(exp)(x)); }

float correct_log(float x) { return round_to_float(WIDE(log)(x)); }

float correct_tanh(float x) { return round_to_float(WIDE(tanh)(x)); }

float correct_sigmoid(float x) { return round_to_float(1 / (1 + WIDE(exp)(-(wide)x))); }

#define OF_ARRAY(name)                                                                                                 \
    void name##_array(int64_t count, const float *x, float *y) {                                                       \
        for (int64_t i = 0; i < count; i++)                                                                            \
            y[i] = name(x[i]);                                                                                         \
    }

OF_ARRAY(correct_exp)
OF_ARRAY(correct_log)
OF_ARRAY(correct_tanh)
OF_ARRAY(correct_sigmoid)
