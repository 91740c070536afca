/* age.h - how long ago, in a word: "5s", "12m", "3h", "40d" */
#ifndef QAMI_CLI_AGE_H
#define QAMI_CLI_AGE_H

#include "images/base/clock.h"

#define AGE_SIZE 24

void age_text(usec_t age, char ret_text[AGE_SIZE]);

#endif
