/* width.h - how many columns a text takes on a terminal */
#ifndef QAMI_BASE_WIDTH_H
#define QAMI_BASE_WIDTH_H

/* How many columns a text takes, wide characters two. Characters whose width
 * is ambiguous count two as well, as the AWS CLI's tables have it. */
int text_width(const char *text);

#endif
