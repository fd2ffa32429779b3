/* The elementary functions over arrays, for elementary.py to call through ctypes. */
#include <stddef.h>

#include "elementary.h"

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

#define OVER_ARRAY(function)                                                                                           \
    EXPORT void function##_array(const float *restrict x, float *restrict y, size_t count) {                           \
        for (size_t i = 0; i < count; i++)                                                                             \
            y[i] = nativecnn_##function(x[i]);                                                                         \
    }

OVER_ARRAY(exp)
OVER_ARRAY(log)
OVER_ARRAY(tanh)
OVER_ARRAY(sigmoid)
