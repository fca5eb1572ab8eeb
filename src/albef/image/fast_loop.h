// Loops over bytes are compiled for several generations of x86-64 and the widest that the processor knows is chosen as
// the program starts: `ALBEF_FAST_LOOP void blend(...) {...}`. Whole numbers only, so that the results are the same.
// Sanitizers do not bear that, and other processors' baseline is fast enough.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define ALBEF_FAST_LOOP __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define ALBEF_FAST_LOOP
#endif
