/* usage.h - the look of help texts */
#ifndef QAMI_BASE_USAGE_H
#define QAMI_BASE_USAGE_H

#include <stdbool.h>
#include <stdio.h>

/* Prints a text in lines of at most 78 columns, each after `indent` blanks. */
void usage_wrap(const char *text, int indent, FILE *out);

/* Prints a command line, broken before its options where it is too long. */
void usage_example(const char *text, FILE *out);

/* Prints an option: what is typed, then what it does in the second column. */
void usage_entry(const char *typed, const char *brief, bool required,
		 FILE *out);

#endif
