/* image.h - an image in a reply */
#ifndef QAMI_ACTION_NOUN_IMAGE_H
#define QAMI_ACTION_NOUN_IMAGE_H

#include "images/registry/image.h"
#include "images/store.h"
#include "launcher/action/reply.h"

/* An image as the caller sees it: tags, protection and use are their owner's
 * alone. */
bool reply_image(const struct call *call, const struct image *image,
		 struct node *into, struct error *err) must_check;

/* EC2's word for an image's protection from being deregistered, a time in it
 * while a cooldown lasts. */
#define PROTECTION_SIZE 64
void reply_protection(const struct image *image, usec_t now,
		      char ret_text[PROTECTION_SIZE]);

/* The mapping alone, as DescribeImageAttribute has it, too. */
bool reply_image_mapping(struct db *db, const char *image, struct node *into,
			 struct error *err) must_check;

#endif
