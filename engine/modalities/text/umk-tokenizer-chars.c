/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Character classes. The tables name what GLib's Unicode (15) counts in a class and the
 * tables which the reference tokenizers are built with (the unicode_categories crate
 * 0.1.1, Unicode 8, with only the end points of the private use areas) do not. */
#include "modalities/text/umk-tokenizer-chars-private.h"

typedef struct {
    gunichar first, last;
} UmkCharRange;

static const UmkCharRange new_punctuation[] = {
    {0x61d, 0x61d},     {0x9fd, 0x9fd},     {0xa76, 0xa76},     {0xc77, 0xc77},
    {0xc84, 0xc84},     {0x1b7d, 0x1b7e},   {0x2e43, 0x2e4f},   {0x2e52, 0x2e5d},
    {0x10ead, 0x10ead}, {0x10f55, 0x10f59}, {0x10f86, 0x10f89}, {0x1144b, 0x1144f},
    {0x1145a, 0x1145b}, {0x1145d, 0x1145d}, {0x11660, 0x1166c}, {0x116b9, 0x116b9},
    {0x1183b, 0x1183b}, {0x11944, 0x11946}, {0x119e2, 0x119e2}, {0x11a3f, 0x11a46},
    {0x11a9a, 0x11a9c}, {0x11a9e, 0x11aa2}, {0x11b00, 0x11b09}, {0x11c41, 0x11c45},
    {0x11c70, 0x11c71}, {0x11ef7, 0x11ef8}, {0x11f43, 0x11f4f}, {0x11fff, 0x11fff},
    {0x12ff1, 0x12ff2}, {0x16e97, 0x16e9a}, {0x16fe2, 0x16fe2}, {0x1e95e, 0x1e95f},
};

static const UmkCharRange new_marks[] = {
    {0x7fd, 0x7fd},     {0x898, 0x89f},     {0x8ca, 0x8e1},     {0x9fe, 0x9fe},
    {0xafa, 0xaff},     {0xb55, 0xb55},     {0xc04, 0xc04},     {0xc3c, 0xc3c},
    {0xd00, 0xd00},     {0xd3b, 0xd3c},     {0xd81, 0xd81},     {0xeba, 0xeba},
    {0xece, 0xece},     {0x180f, 0x180f},   {0x1885, 0x1886},   {0x1abf, 0x1ace},
    {0x1df6, 0x1dfb},   {0xa82c, 0xa82c},   {0xa8c5, 0xa8c5},   {0xa8ff, 0xa8ff},
    {0xa9bd, 0xa9bd},   {0x10d24, 0x10d27}, {0x10eab, 0x10eac}, {0x10efd, 0x10eff},
    {0x10f46, 0x10f50}, {0x10f82, 0x10f85}, {0x11070, 0x11070}, {0x11073, 0x11074},
    {0x110c2, 0x110c2}, {0x111c9, 0x111c9}, {0x111cf, 0x111cf}, {0x1123e, 0x1123e},
    {0x11241, 0x11241}, {0x1133b, 0x1133b}, {0x11438, 0x1143f}, {0x11442, 0x11444},
    {0x11446, 0x11446}, {0x1145e, 0x1145e}, {0x1182f, 0x11837}, {0x11839, 0x1183a},
    {0x1193b, 0x1193c}, {0x1193e, 0x1193e}, {0x11943, 0x11943}, {0x119d4, 0x119d7},
    {0x119da, 0x119db}, {0x119e0, 0x119e0}, {0x11a01, 0x11a0a}, {0x11a33, 0x11a38},
    {0x11a3b, 0x11a3e}, {0x11a47, 0x11a47}, {0x11a51, 0x11a56}, {0x11a59, 0x11a5b},
    {0x11a8a, 0x11a96}, {0x11a98, 0x11a99}, {0x11c30, 0x11c36}, {0x11c38, 0x11c3d},
    {0x11c3f, 0x11c3f}, {0x11c92, 0x11ca7}, {0x11caa, 0x11cb0}, {0x11cb2, 0x11cb3},
    {0x11cb5, 0x11cb6}, {0x11d31, 0x11d36}, {0x11d3a, 0x11d3a}, {0x11d3c, 0x11d3d},
    {0x11d3f, 0x11d45}, {0x11d47, 0x11d47}, {0x11d90, 0x11d91}, {0x11d95, 0x11d95},
    {0x11d97, 0x11d97}, {0x11ef3, 0x11ef4}, {0x11f00, 0x11f01}, {0x11f36, 0x11f3a},
    {0x11f40, 0x11f40}, {0x11f42, 0x11f42}, {0x13440, 0x13440}, {0x13447, 0x13455},
    {0x16f4f, 0x16f4f}, {0x16fe4, 0x16fe4}, {0x1cf00, 0x1cf2d}, {0x1cf30, 0x1cf46},
    {0x1e000, 0x1e006}, {0x1e008, 0x1e018}, {0x1e01b, 0x1e021}, {0x1e023, 0x1e024},
    {0x1e026, 0x1e02a}, {0x1e08f, 0x1e08f}, {0x1e130, 0x1e136}, {0x1e2ae, 0x1e2ae},
    {0x1e2ec, 0x1e2ef}, {0x1e4ec, 0x1e4ef}, {0x1e944, 0x1e94a},
};

static const UmkCharRange new_controls[] = {
    {0x890, 0x891},     {0x8e2, 0x8e2},     {0xe001, 0xf8fe},     {0x110cd, 0x110cd},
    {0x13430, 0x1343f}, {0xf0001, 0xffffc}, {0x100001, 0x10fffc},
};

#define O UMK_CHAR_OTHER
#define S UMK_CHAR_SPACE
#define L UMK_CHAR_LETTER
#define N UMK_CHAR_NUMBER

const guint8 _umk_ascii_class[128] = {
    O, O, O, O, O, O, O, O, O, S, S, S, S, S, O, O, O, O, O, O, O, O, O, O, O, O,
    O, O, O, O, O, O, S, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, N, N, N, N,
    N, N, N, N, N, N, O, O, O, O, O, O, O, L, L, L, L, L, L, L, L, L, L, L, L, L,
    L, L, L, L, L, L, L, L, L, L, L, L, L, O, O, O, O, O, O, L, L, L, L, L, L, L,
    L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, O, O, O, O, O,
};

#undef O
#undef S
#undef L
#undef N

static gboolean
in_ranges(const UmkCharRange *ranges, gsize n, gunichar c)
{
    gsize low = 0, high = n;

    while (low < high) {
        gsize middle = (low + high) / 2;

        if (c > ranges[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && c >= ranges[low].first;
}

static guint
type_bit(gunichar c)
{
    return 1u << g_unichar_type(c);
}

#define BIT(name) (1u << G_UNICODE_##name)
#define LETTERS                                                                          \
    (BIT(LOWERCASE_LETTER) | BIT(MODIFIER_LETTER) | BIT(OTHER_LETTER) |                  \
     BIT(TITLECASE_LETTER) | BIT(UPPERCASE_LETTER))
#define NUMBERS  (BIT(DECIMAL_NUMBER) | BIT(LETTER_NUMBER) | BIT(OTHER_NUMBER))
#define MARKS    (BIT(SPACING_MARK) | BIT(ENCLOSING_MARK) | BIT(NON_SPACING_MARK))
#define CONTROLS (BIT(CONTROL) | BIT(FORMAT) | BIT(PRIVATE_USE))
#define PUNCTUATIONS                                                                     \
    (BIT(CONNECT_PUNCTUATION) | BIT(DASH_PUNCTUATION) | BIT(CLOSE_PUNCTUATION) |         \
     BIT(FINAL_PUNCTUATION) | BIT(INITIAL_PUNCTUATION) | BIT(OTHER_PUNCTUATION) |        \
     BIT(OPEN_PUNCTUATION))
#define SPACES (BIT(LINE_SEPARATOR) | BIT(PARAGRAPH_SEPARATOR) | BIT(SPACE_SEPARATOR))

UmkCharClass
_umk_char_classify_wide(gunichar c)
{
    guint type = type_bit(c);

    if (type & LETTERS)
        return UMK_CHAR_LETTER;
    if (type & NUMBERS)
        return UMK_CHAR_NUMBER;
    return type & SPACES || c == 0x85 ? UMK_CHAR_SPACE : UMK_CHAR_OTHER;
}

gboolean
_umk_char_is_bert_punctuation(gunichar c)
{
    if (c < 128)
        return g_ascii_ispunct((char) c);
    if (c == 0x166d || c == 0x111c9) /* were punctuation then */
        return TRUE;
    return type_bit(c) & PUNCTUATIONS &&
           !in_ranges(new_punctuation, G_N_ELEMENTS(new_punctuation), c);
}

gboolean
_umk_char_is_bert_mark(gunichar c)
{
    if (c == 0x1734) /* was nonspacing then */
        return TRUE;
    return type_bit(c) & BIT(NON_SPACING_MARK) &&
           !in_ranges(new_marks, G_N_ELEMENTS(new_marks), c);
}

gboolean
_umk_char_is_bert_control(gunichar c)
{
    return type_bit(c) & CONTROLS &&
           !in_ranges(new_controls, G_N_ELEMENTS(new_controls), c);
}

gboolean
_umk_char_is_word(gunichar c)
{
    return (type_bit(c) & (LETTERS | MARKS | BIT(DECIMAL_NUMBER) | BIT(LETTER_NUMBER) |
                           BIT(CONNECT_PUNCTUATION))) != 0;
}

/* One character at a time, so a sigma at the end of a word is no special case. GLib
 * leaves out what is not a letter (Roman numerals, circled letters) and the dot of the
 * dotted I. */
void
_umk_char_append_lower(gunichar c, GString *out)
{
    if (c == 0x130)
        g_string_append(out, "i\xcc\x87");
    else if (c >= 0x2160 && c <= 0x216f)
        g_string_append_unichar(out, c + 0x10);
    else if (c >= 0x24b6 && c <= 0x24cf)
        g_string_append_unichar(out, c + 0x1a);
    else
        g_string_append_unichar(out, g_unichar_tolower(c));
}
