#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every C file is as clang-format 14 writes it. usage: format.sh SOURCE-ROOT [-i]
cd "$1" || exit 2
command -v clang-format >/dev/null || { echo "clang-format is not installed"; exit 77; }
clang-format --version | grep -q 'version 14' || { echo "needs clang-format 14"; exit 77; }
files=$(git ls-files 'engine/*.[ch]' 'frontends/*.[ch]' 'tests/*.[ch]')
if [ "${2:-}" = -i ]; then
    exec clang-format -i $files
fi
clang-format --dry-run -Werror $files 2>&1 | grep error: | cut -d: -f1 | sort -u > /tmp/format.$$
count=$(wc -l < /tmp/format.$$)
cat /tmp/format.$$
rm -f /tmp/format.$$
[ "$count" -eq 0 ] && echo "formatted"
[ "$count" -eq 0 ]
