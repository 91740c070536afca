/* gc.c - what nobody needs any more goes now */
#include "images/bucket.h"
#include "images/cache.h"
#include "images/garbage.h"
#include "images/space.h"
#include "images/tend.h"
#include "launcher/action/action.h"
#include "launcher/cli/progress.h"
#include "launcher/instance/bridged.h"
#include "launcher/instance/reconcile.h"

static const char *plural(unsigned count)
{
	return count == 1 ? "" : "s";
}

/* What people read; the members after it are for programs. */
static void say(struct node *root, const struct tend_report *report,
		unsigned files, uint64_t freed)
{
	auto_buf text = BUF_INIT;
	char size[SIZE_TEXT_SIZE];

	size_text(freed, size);
	buf_printf(&text, "freed %s: %u layer%s merged, %u file%s removed",
		   size, report->merged, plural(report->merged), files,
		   plural(files));
	if (report->shortened)
		buf_printf(&text, ", %u chain%s shortened", report->shortened,
			   plural(report->shortened));
	if (report->left)
		buf_printf(&text, "; %u thing%s could not be done now",
			   report->left, plural(report->left));
	node_str(root, "Text", NULL, text.data);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct tend_report report;
	uint64_t before, after, garbage;
	uint64_t dropped, drafted;
	unsigned files, images, drafts;

	(void)args;
	if (!space_total(call, &before, err) || !tend_all(call, &report, err) ||
	    !garbage_collect(call, &files, &garbage, err) ||
	    !reconcile_all(call, err) || !bridged_sweep(call, err) ||
	    !cache_sweep(call, err) ||
	    !cache_trim(call, 0, &images, &dropped, err) ||
	    !bucket_sweep(call, &drafts, &drafted, err) ||
	    !space_total(call, &after, err))
		return false;
	/* guests that write meanwhile may have filled more than was freed */
	before = before > after ? before - after : 0;
	garbage += dropped + drafted;
	files += images + drafts;
	say(reply->root, &report, files, before + garbage);
	node_int(reply->root, "FreedBytes", NULL, (int64_t)before);
	node_int(reply->root, "GarbageBytes", NULL, (int64_t)garbage);
	node_int(reply->root, "GarbageFiles", NULL, files);
	node_int(reply->root, "CachedImages", NULL, images);
	node_int(reply->root, "MergedLayers", NULL, report.merged);
	node_int(reply->root, "ShortenedChains", NULL, report.shortened);
	node_int(reply->root, "DigestLists", NULL, report.listed);
	node_int(reply->root, "Left", NULL, report.left);
	reply->raw_text = true;
	return true;
}

const struct action verb_gc = {
	.name = "gc",
	.brief = "free what only deleted snapshots needed",
	.about = "Merges layers that are only kept because others stand on "
		 "them, whenever that makes the store smaller, shortens long "
		 "chains, those of idle volumes until they are read like one "
		 "file, makes digest lists, and removes files that nothing "
		 "names and that are older than an hour. What bundles were "
		 "unpacked to and no instance uses goes, too, and what an "
		 "upload that died left of a part. Deleting a snapshot "
		 "begins this in the background as far as it is worth the "
		 "bytes it moves; here all of it is done before the command "
		 "ends. What a running guest stands on becomes free when it "
		 "stops. A guest that waits because the disk was full goes on.",
	.example = "qami gc",
	.local = true,
	.run = run,
};
