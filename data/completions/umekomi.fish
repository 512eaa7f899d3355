# SPDX-License-Identifier: GPL-3.0-or-later
# Completion of umekomi for fish, asked of the program itself.
function __umekomi_commands
    umekomi --help 2>/dev/null | string replace -rf '^  ([a-z]+)  +(.*)' '$1\t$2'
end
function __umekomi_options
    set -l words (commandline -opc)
    umekomi $words[2] --help-all 2>/dev/null | string match -arg -- '(--[a-z0-9-]+)' | sort -u
end
complete -c umekomi -n 'test (count (commandline -opc)) -eq 1' -f -a '(__umekomi_commands)'
complete -c umekomi -n 'test (count (commandline -opc)) -gt 1; and string match -q -- "-*" (commandline -ct)' -f -a '(__umekomi_options)'
