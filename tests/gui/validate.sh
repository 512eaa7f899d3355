#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The files the desktop reads are what their formats ask for. usage: validate.sh SOURCE BUILD
id=io.github.umekomi.Umekomi
bad=0
check() {
    command -v "$1" >/dev/null || { echo "skipped: $1 is not installed"; return; }
    "$@" || { echo "failed: $*"; bad=1; }
}
check desktop-file-validate "$2/data/$id.desktop"
check appstreamcli validate --no-net "$2/data/$id.metainfo.xml"
check glib-compile-schemas --strict --dry-run "$1/data"
check xmllint --noout "$1/data/$id.xml" "$1/data/$id.gschema.xml"
for language in $(cat "$1/po/LINGUAS"); do
    check msgfmt --check -o /dev/null "$1/po/$language.po"
done
for size in scalable/apps/$id.svg symbolic/apps/$id-symbolic.svg; do
    check xmllint --noout "$1/data/icons/hicolor/$size"
done
exit $bad
