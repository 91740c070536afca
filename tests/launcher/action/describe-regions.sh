#!/bin/sh
# describe-regions - the store's own region; others: cli/verb/region-add.sh
set -eu
. tests/lib.sh

same us-east-1 "$(qami describe-regions | get Regions.0.RegionName)"
same 1 "$(qami describe-regions --query 'length(Regions)')"
same '[]' "$(qami describe-regions --filters Name=region-name,Values=eu-* \
	--query Regions)"
same 1 "$(qami describe-regions --filters Name=region-name,Values=eu-*,us-* \
	--region-names us-east-1 --query 'length(Regions)')"
fails InvalidParameterValue qami describe-regions --region-names eu-west-1
fails DryRunOperation qami describe-regions --dry-run
same eu-west-1 "$(qami --store "$TMPDIR/eu" --region eu-west-1 \
	describe-regions | get Regions.0.RegionName)"
