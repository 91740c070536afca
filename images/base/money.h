/* money.h - amounts of dollars, in whole millionths of one
 *
 * Never a floating point number: what is added up comes out as it was said.
 */
#ifndef QAMI_BASE_MONEY_H
#define QAMI_BASE_MONEY_H

#include <stdbool.h>
#include <stdint.h>

/* Millionths of a dollar. */
typedef int64_t micros_t;

#define MONEY_SIZE 32

/* "0.64", "-12.0125": as many decimals as it has, but two at least. */
void money_format(micros_t amount, char ret_text[MONEY_SIZE]);

/* Reads "0.0125" or "3": digits, and after a point at most six. False for
 * anything else, signs too, and from a thousand million dollars on. */
bool money_parse(const char *text, micros_t *ret_amount);

/* What so many bytes cost at a price per GiB, rounded to the nearest millionth,
 * up in the middle. */
micros_t money_bytes(uint64_t bytes, micros_t per_gib);

#endif
