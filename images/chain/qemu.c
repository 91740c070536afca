/* qemu.c - naming layers to QEMU's tools
 *
 * Every node is given by driver and plain file, so that neither a name nor a
 * probe makes a tool open anything else; only the path of the store is the
 * user's word, and a comma in it is doubled as QEMU wants it.
 */
#include "images/chain/qemu.h"

#include <string.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/base/process.h"
#include "images/chain/chain-private.h"

char *qemu_file_node(const struct chain *chain, const char *file,
		     enum layer_format format)
{
	auto_buf text = BUF_INIT;

	buf_printf(&text, "driver=%s,file.driver=file,file.filename=",
		   layer_format_name(format));
	for (const char *c = chain->path; *c; c++) {
		if (*c == ',')
			buf_char(&text, ',');
		buf_char(&text, *c);
	}
	buf_printf(&text, "/%s", file);
	return buf_take(&text);
}

char *qemu_node(const struct chain *chain, const struct layer_ref *layer)
{
	return qemu_file_node(chain, layer->name, layer->format);
}

bool qemu_img(const char *const *argv, const char *layer, unsigned answers,
	      int *ret_exit, struct error *err)
{
	const struct process process = {
		.argv = argv,
		.answers = answers,
		.ret_exit = ret_exit,
	};

	return process_run(&process, NULL, err) ||
	       qemu_blame("qemu-img", layer, err);
}

bool qemu_blame(const char *tool, const char *layer, struct error *err)
{
	if (err->fault != FAULT_INTERNAL)
		return false;
	if (strstr(err->text, "another process using the image")) {
		error_clear(err);
		return fail(err, FAULT_VOLUME_IN_USE,
			    "%s is open in another process", layer);
	}
	if (!process_found(tool)) {
		error_clear(err);
		return fail(err, FAULT_HOST, "%s is not installed", tool);
	}
	return false;
}
