#ifndef NATIVECNN_ELEMENTARY_H
#define NATIVECNN_ELEMENTARY_H
#include <math.h>
static inline float nativecnn_exp(float x) { return (float)exp((double)x); }
static inline float nativecnn_log(float x) { return (float)log((double)x); }
static inline float nativecnn_tanh(float x) { return (float)tanh((double)x); }
static inline float nativecnn_sigmoid(float x) { return (float)(1.0 / (1.0 + exp(-(double)x))); }
#endif
