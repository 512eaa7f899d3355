# SPDX-License-Identifier: GPL-3.0-or-later
# Completion of umekomi for bash. Commands and options are asked of the program itself, so
# that they are never out of date.
_umekomi()
{
    local cur=${COMP_WORDS[COMP_CWORD]}
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "$(umekomi --help 2>/dev/null | sed -n 's/^  \([a-z]*\)  .*/\1/p') --help --version" -- "$cur"))
    elif [ "${COMP_WORDS[1]}" = model ] && [ "$COMP_CWORD" -eq 2 ]; then
        COMPREPLY=($(compgen -W "$(umekomi model --help 2>/dev/null | sed -n 's/^  \([a-z]*\)  .*/\1/p')" -- "$cur"))
    elif [ "${COMP_WORDS[1]}" = train ] && [ "$COMP_CWORD" -eq 2 ]; then
        COMPREPLY=($(compgen -W "node2vec align distill merge meter" -- "$cur"))
    elif [ "${COMP_WORDS[1]}" = train ] && [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$(umekomi train "${COMP_WORDS[2]}" --help-all 2>/dev/null | grep -o -- '--[a-z0-9-]*' | sort -u)" -- "$cur"))
    elif [ "${COMP_WORDS[1]}" = eval ] && [ "$COMP_CWORD" -eq 2 ]; then
        COMPREPLY=($(compgen -W "$(umekomi eval --help 2>/dev/null | sed -n 's/^  \([a-z]*\)  .*/\1/p')" -- "$cur"))
    elif [ "${COMP_WORDS[1]}" = eval ] && [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$(umekomi eval "${COMP_WORDS[2]}" --help-all 2>/dev/null | grep -o -- '--[a-z0-9-]*' | sort -u)" -- "$cur"))
    elif [ "${COMP_WORDS[1]}" = model ] && [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$(umekomi model "${COMP_WORDS[2]}" --help-all 2>/dev/null | grep -o -- '--[a-z0-9-]*' | sort -u)" -- "$cur"))
    elif [ "${COMP_WORDS[1]}" = model ] && [[ ${COMP_WORDS[2]} == @(show|remove|verify|bench) ]]; then
        COMPREPLY=($(compgen -W "$(umekomi model list 2>/dev/null | cut -d' ' -f1)" -- "$cur") $(compgen -d -- "$cur"))
    elif [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$(umekomi "${COMP_WORDS[1]}" --help-all 2>/dev/null | grep -o -- '--[a-z0-9-]*' | sort -u)" -- "$cur"))
    elif [ "${COMP_WORDS[COMP_CWORD - 1]}" = --model ]; then
        COMPREPLY=($(compgen -W "$(umekomi model list 2>/dev/null | cut -d' ' -f1)" -- "$cur") $(compgen -d -- "$cur"))
    elif [ "${COMP_WORDS[1]}" = audit ] && [[ ${COMP_WORDS[COMP_CWORD - 1]} == @(--test|-t) ]]; then
        COMPREPLY=($(compgen -W "$(umekomi audit --list 2>/dev/null | sed -n '/^  [^ ]*  *[^0-9 ]/s/^  \([^ ]*\) .*/\1/p')" -- "$cur"))
    elif [[ ${COMP_WORDS[1]} == @(audit|debias) && ${COMP_WORDS[COMP_CWORD - 1]} == @(--debias|--method) ]]; then
        COMPREPLY=($(compgen -W "hard soft multiclass double-hard inlp leace half-sibling" -- "$cur"))
    else
        COMPREPLY=($(compgen -f -- "$cur"))
    fi
}
complete -o filenames -F _umekomi umekomi
