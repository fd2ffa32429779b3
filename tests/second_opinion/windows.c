// docs/arithmetic.md, "Windows": how many there are along rows or columns, and where the first begins.

#include "second_opinion.h"

static int64_t quotient_rounded_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

static int64_t extent(int64_t taps, int64_t dilation) { return (taps - 1) * dilation + 1; }

// Pixels of padding="same" on both sides together.
static int64_t same_padding(int64_t size, int64_t taps, int64_t stride, int64_t dilation) {
    int64_t missing = (quotient_rounded_up(size, stride) - 1) * stride + extent(taps, dilation) - size;
    return missing > 0 ? missing : 0;
}

int64_t same_padding_before(int64_t size, int64_t taps, int64_t stride, int64_t dilation) {
    return same_padding(size, taps, stride, dilation) / 2;
}

int64_t same_padding_after(int64_t size, int64_t taps, int64_t stride, int64_t dilation) {
    return same_padding(size, taps, stride, dilation) - same_padding_before(size, taps, stride, dilation);
}

int64_t number_of_windows(int64_t size, int64_t taps, int64_t stride, int64_t dilation, int64_t before, int64_t after,
                          int64_t ceil_mode) {
    int64_t count = 0;
    // A window counts if it lies within the padded image; with ceil_mode also if it begins before the image's end and
    // the windows before it do not reach the end of the padded image.
    for (int64_t first = -before;; first += stride) {
        int64_t padded_end = size + after;
        int fits = first + extent(taps, dilation) <= padded_end;
        int needed = count > 0 && first - stride + extent(taps, dilation) < padded_end;
        if (!fits && !(ceil_mode && needed && first < size))
            return count;
        count++;
    }
}
