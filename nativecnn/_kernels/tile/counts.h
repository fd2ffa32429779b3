/* UP_TO_n(DO): DO(1) DO(2) … DO(n), for the sizes of tiles. */
#ifndef NATIVECNN_COUNTS_H
#define NATIVECNN_COUNTS_H

/* clang-format off */
#define UP_TO_4(DO) DO(1) DO(2) DO(3) DO(4)
#define UP_TO_6(DO) UP_TO_4(DO) DO(5) DO(6)
#define UP_TO_8(DO) UP_TO_6(DO) DO(7) DO(8)
#define UP_TO_12(DO) UP_TO_8(DO) DO(9) DO(10) DO(11) DO(12)
#define UP_TO_14(DO) UP_TO_12(DO) DO(13) DO(14)
#define UP_TO_24(DO) UP_TO_14(DO) DO(15) DO(16) DO(17) DO(18) DO(19) DO(20) DO(21) DO(22) DO(23) DO(24)
#define UP_TO_28(DO) UP_TO_24(DO) DO(25) DO(26) DO(27) DO(28)
/* clang-format on */

#endif
