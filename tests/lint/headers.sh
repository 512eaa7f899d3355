#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every public header compiles by itself, as C and as C++, and the parts refuse to be
# included without the umbrella. usage: headers.sh SOURCE-ROOT BUILD-ROOT
set -u
include="$1/engine/include"
flags="-fsyntax-only -Wall -Wextra -Werror -I$include -I$2/engine/include $(pkg-config --cflags gio-2.0)"
status=0
# The version header is made by the build, in a folder of the same name.
for header in "$include"/umekomi/*.h; do
    name=umekomi/$(basename "$header")
    for language in c c++; do
        standard=$([ $language = c ] && echo gnu17 || echo c++17)
        echo "#include <$name>" | ${CC:-cc} -x $language -std=$standard -DUMK_COMPILATION $flags - || {
            echo "$name does not compile alone as $language"
            status=1
        }
    done
    case $name in
    umekomi/umekomi.h | umekomi/umk-plugin.h) ;;
    *)
        if echo "#include <$name>" | ${CC:-cc} -x c $flags - 2>/dev/null; then
            echo "$name can be included without the umbrella"
            status=1
        fi
        ;;
    esac
done
[ $status -eq 0 ] && echo "all public headers stand alone"
exit $status
