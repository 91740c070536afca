/* sizes.h - sizes that people set in the environment */
#ifndef QAMI_BASE_SIZES_H
#define QAMI_BASE_SIZES_H

#include <stdint.h>

/* The bytes that a variable says: a number, with K, M, G or T behind it for
 * powers of 1024; `usual` where it says nothing that is a size. */
uint64_t size_setting(const char *variable, uint64_t usual);

#endif
