/* list-images-in-recycle-bin.c - deregistered images that may come back */
#include "images/recyclebin.h"
#include "images/store.h"
#include "launcher/action/action.h"
#include "launcher/action/describe.h"

static bool row(void *data, const struct image *image, struct error *err)
{
	struct describe *describe = data;
	struct node *item;

	(void)err;
	if (image->bin_until <= describe->call->now)
		return true;
	item = describe_item(describe, image->seq);
	if (!item)
		return true;
	node_str(item, "ImageId", "imageId", image->id);
	node_str(item, "Name", "name", image->name);
	node_str(item, "Description", "description", image->description);
	node_time(item, "RecycleBinEnterTime", "recycleBinEnterTime",
		  image->binned);
	node_time(item, "RecycleBinExitTime", "recycleBinExitTime",
		  image->bin_until);
	return true;
}

static bool rows(struct describe *describe, struct error *err)
{
	const char *account = describe->call->account;
	struct query *query = &describe->page.query;

	query->bin = BIN_ALONE;
	query->owners = &account;
	query->owner_count = 1;
	return image_list(describe->call->store->db, query, row, describe, err);
}

static bool see(const struct describe *describe, const char *id,
		struct error *err)
{
	struct image image;

	return recycle_find_image(describe->call, id, describe->arena, &image,
				  err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "ImageIds",
		.sdk = "Images",
		.wire = "imageSet",
		.see = see,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
}

const struct action action_list_images_in_recycle_bin = {
	.name = "ListImagesInRecycleBin",
	.brief = "list deregistered images that may come back",
	.about = "Lists the caller's images that a rule keeps in the recycle "
		 "bin, and when each goes for good.",
	.params = (const struct param[]) {
		{ "ImageIds", PARAM_ID, PARAM_LIST, "ami", "only these images",
		  "ImageId" },
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_IMAGE_NOT_FOUND,
		FAULT_INVALID_NEXT_TOKEN, FAULT_NONE },
	.example = "qami list-images-in-recycle-bin",
	.run = run,
};
