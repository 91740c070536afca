/* image.h - an image in a reply */
#ifndef QAMI_ACTION_NOUN_IMAGE_H
#define QAMI_ACTION_NOUN_IMAGE_H

#include "images/registry/image.h"
#include "launcher/action/reply.h"

/* An image as the account `viewer` sees it: tags are their owner's alone. */
bool reply_image(struct db *db, const struct image *image, const char *viewer,
		 struct node *into, struct error *err) must_check;

/* The mapping alone, as DescribeImageAttribute has it, too. */
bool reply_image_mapping(struct db *db, const char *image, struct node *into,
			 struct error *err) must_check;

#endif
