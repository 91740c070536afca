/* bundled.h - images that are bundles in a bucket
 *
 * The manifest is read once, when the image is registered; the parts at the
 * first launch, in the name of the image's owner. Both come from strangers.
 */
#ifndef QAMI_IMAGES_BUNDLED_H
#define QAMI_IMAGES_BUNDLED_H

#include "images/image.h"

/* Registers the bundle whose manifest lies at request->location:
 * "BUCKET/PREFIX/NAME.manifest.xml" or "s3://…". What the request says
 * overrides what the manifest says. A machine becomes an image with an
 * instance-store root; a kernel or ramdisk is unpacked at once and becomes one
 * that others boot with. Faults: those of image_register() and import_disk();
 * FAULT_INVALID_MANIFEST (not there, damaged, for another architecture, or
 * not encrypted for this store), FAULT_PARAMETER_COMBINATION (a kernel with
 * what only machines have). */
bool bundled_register(struct call *call, const struct image_request *request,
		      char ret_id[ID_SIZE], struct error *err) must_check;

/* Unpacks a registered bundle into an empty file. FAULT_INVALID_MANIFEST when
 * it is not, or not any more, what was registered under that digest;
 * FAULT_VOLUME_CAPACITY when the disk fills. */
bool bundled_unpack(struct call *call, const struct image *image,
		    const char *digest, int fd, struct error *err) must_check;

#endif
