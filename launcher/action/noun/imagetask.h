/* imagetask.h - tasks that import and export images, in a reply */
#ifndef QAMI_ACTION_NOUN_IMAGETASK_H
#define QAMI_ACTION_NOUN_IMAGETASK_H

#include "images/registry/imagetask.h"
#include "launcher/action/reply.h"

struct db;

bool reply_export_task(struct db *db, const struct image_task *task,
		       struct node *into, struct error *err) must_check;
bool reply_import_image_task(struct db *db, const struct image_task *task,
			     struct node *into, struct error *err) must_check;

#endif
