# SPDX-License-Identifier: GPL-3.0-or-later
# Completion of umekomi for fish, asked of the program itself.
function __umekomi_commands
    umekomi --help 2>/dev/null | string replace -rf '^  ([a-z]+)  +(.*)' '$1\t$2'
end
function __umekomi_options
    set -l words (commandline -opc)
    set -l command $words[2]
    contains -- "$command" model eval train; and set command $command $words[3]
    umekomi $command --help-all 2>/dev/null | string match -arg -- '(--[a-z0-9-]+)' | sort -u
end
complete -c umekomi -n 'test (count (commandline -opc)) -eq 1' -f -a '(__umekomi_commands)'
complete -c umekomi -n 'test (count (commandline -opc)) -gt 1; and string match -q -- "-*" (commandline -ct)' -f -a '(__umekomi_options)'
function __umekomi_model_subcommands
    umekomi model --help 2>/dev/null | string replace -rf '^  ([a-z]+)  +(.*)' '$1\t$2'
end
function __umekomi_eval_kinds
    umekomi eval --help 2>/dev/null | string replace -rf '^  ([a-z]+)  +(.*)' '$1\t$2'
end
complete -c umekomi -n 'set -l w (commandline -opc); test "$w[2]" = eval; and test (count (commandline -opc)) -eq 2' -f -a '(__umekomi_eval_kinds)'
function __umekomi_models
    umekomi model list 2>/dev/null | string replace -r ' .*' ''
end
complete -c umekomi -n 'set -l w (commandline -opc); test "$w[2]" = model; and test (count (commandline -opc)) -eq 2' -f -a '(__umekomi_model_subcommands)'
complete -c umekomi -n 'set -l w (commandline -opc); test "$w[2]" = model; and contains -- "$w[3]" show remove verify bench' -a '(__umekomi_models)'
complete -c umekomi -n 'set -l w (commandline -opc); test "$w[2]" = train; and test (count (commandline -opc)) -eq 2' -f -a 'node2vec align distill merge meter'
function __umekomi_tests
    umekomi audit --list 2>/dev/null | string match -rg '^  (\S+) +[^0-9 ]'
end
complete -c umekomi -n 'set -l w (commandline -opc); test "$w[2]" = audit; and contains -- "$w[-1]" --test -t' -f -a '(__umekomi_tests)'
complete -c umekomi -n 'set -l w (commandline -opc); contains -- "$w[2]" audit debias; and contains -- "$w[-1]" --debias --method' -f -a 'hard soft multiclass double-hard inlp leace half-sibling'
