# describe-images - one filter over 1 000 and over 100 000 images
#
# Rows are written straight into registries of their own: importing would take
# longer than the answer is worth.
for count in 1000 100000; do
	QAMI_STORE=$work/images-$count qami images
	sqlite3 "$work/images-$count/qami.db" "
	WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL
		SELECT i + 1 FROM n WHERE i < $count)
	INSERT INTO image (id, owner, name, description, kind, architecture,
		state, location, root_device_type, ena, created)
	SELECT printf('ami-%017x', i), '123456789012', 'image-' || i, '',
		'machine', 'x86_64', 'available', '', 'ebs', 1, i FROM n;
	INSERT INTO tag (resource, key, value, type, owner)
	SELECT id, 'Name', name, 'image', owner FROM image"
done
for filter in Name=name,Values=image-777 Name=tag:Name,Values=image-777; do
	tests/bench/compare 15 2 "QAMI_STORE=$work/images-100000 \
		qami describe-images --filters $filter" \
		"QAMI_STORE=$work/images-1000 qami describe-images \
		--filters $filter" : "100 000 images, 1 000: ${filter%%,*}"
done
