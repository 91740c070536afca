/* verify.c - whether a layer is whole, and whether two are equal
 *
 * It is qemu-img's judgement, which is what will read the layers for a guest.
 */
#include <unistd.h>

#include "images/base/auto.h"
#include "images/chain/chain-private.h"
#include "images/chain/merge.h"
#include "images/chain/qemu.h"
#include "images/chain/verify.h"

/* The exit codes of qemu-img that are answers. */
enum { COMPARE_DIFFERENT = 1, CHECK_CORRUPT = 2, CHECK_LEAKS = 3 };

bool file_check(const struct chain *chain, const char *file,
		enum layer_health *ret_health, struct error *err)
{
	auto_keys keys = KEYS_INIT;
	auto_free char *node = qemu_node_alone(chain, file, &keys, err);
	const char *const argv[] = { "qemu-img", "check", "-q", node, NULL };
	int code = 0;

	if (!node ||
	    !qemu_img(argv, &keys, file, 1 << CHECK_CORRUPT | 1 << CHECK_LEAKS,
		      &code, err))
		return false;
	*ret_health = code == CHECK_CORRUPT ? LAYER_CORRUPT :
		      code == CHECK_LEAKS   ? LAYER_LEAKS :
					      LAYER_SOUND;
	return true;
}

bool file_mend(const struct chain *chain, const char *file, struct error *err)
{
	auto_keys keys = KEYS_INIT;
	auto_free char *node = qemu_node_alone(chain, file, &keys, err);
	const char *const argv[] = { "qemu-img", "check", "-q", "-r",
				     "leaks",	 node,	  NULL };

	return node && qemu_img(argv, &keys, file, 0, NULL, err);
}

bool layer_check(const struct chain *chain, const struct layer_ref *layer,
		 enum layer_health *ret_health, struct error *err)
{
	struct stat st;
	auto_close int fd = layer_open(chain, layer->name, &st, err);

	if (fd < 0)
		return false;
	if (layer->format == LAYER_QCOW2)
		return file_check(chain, layer->name, ret_health, err);
	*ret_health = LAYER_SOUND;
	return true;
}

/* Compares two files of the layer directory, each with what is below it. */
static bool compare(const struct chain *chain, const char *file,
		    const struct layer_ref *left, const struct layer_ref *right,
		    bool *ret_equal, struct error *err)
{
	auto_keys keys = KEYS_INIT;
	auto_free char *one = qemu_node(chain, file, left->format, &keys, err);
	auto_free char *other =
		one ? qemu_node(chain, right->name, right->format, &keys, err) :
		      NULL;
	const char *const argv[] = { "qemu-img", "compare", "-q",
				     one,	 other,	    NULL };
	int code = 0;

	if (!other || !qemu_img(argv, &keys, left->name, 1 << COMPARE_DIFFERENT,
				&code, err))
		return false;
	*ret_equal = code == 0;
	return true;
}

bool file_equals(const struct chain *chain, const char *file,
		 const struct layer_ref *layer, bool *ret_equal,
		 struct error *err)
{
	return compare(chain, file, layer, layer, ret_equal, err);
}

bool layers_equal(const struct chain *chain, const struct layer_ref *left,
		  const struct layer_ref *right, bool *ret_equal,
		  struct error *err)
{
	return layer_name_check(left->name, err) &&
	       layer_name_check(right->name, err) &&
	       compare(chain, left->name, left, right, ret_equal, err);
}
