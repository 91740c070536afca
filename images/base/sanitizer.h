/* sanitizer.h - whether the program was built to find its own mistakes
 *
 * Such a one takes terabytes of addresses, and calls of the kernel and files
 * that are none of ours.
 */
#ifndef QAMI_BASE_SANITIZER_H
#define QAMI_BASE_SANITIZER_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#endif

#endif
