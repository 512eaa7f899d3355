/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Patterns: the scanners made for speed against the general engine on random texts, the
 * expressions of published tokenizers, and those that would mean something else here. */
#include "core/umk-rng-private.h"
#include "modalities/text/umk-ruby-regex-private.h"
#include "modalities/text/umk-tokenizer-pattern-private.h"

#include <umekomi/umk-error.h>

#include <string.h>

#define LLAMA3(digits)                                                                   \
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" digits                 \
    "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

/* Those with a scanner of their own. */
static const char *const scanned[] = {
    UMK_PATTERN_GPT2, LLAMA3("\\p{N}{1,3}"),
    LLAMA3("\\p{N}"), "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
    "\\s+",
};

static const char *const letters[] = {
    "a",
    "B",
    "s",
    "S",
    "t",
    "l",
    "L",
    "'",
    "'",
    "1",
    "2",
    "9",
    " ",
    " ",
    "\n",
    "\r",
    "\t",
    "!",
    "-",
    "\xc5\xbf",
    "\xc3\xa9",
    "\xd9\xa3",
    "\xc2\xbd",
    "\xcc\x81",
    "\xe3\x80\x80",
    "\xe6\x97\xa5",
    "\xe3\x80\x82",
    "\xf0\x9f\x98\x80",
};

static void
compare(UmkPattern *a, UmkPattern *b, const char *text)
{
    gsize at = 0, n = strlen(text);

    while (at < n) {
        gsize start_a = 0, end_a = 0, start_b = 0, end_b = 0;
        gboolean is_a = _umk_pattern_next(a, text, n, at, &start_a, &end_a);
        gboolean is_b = _umk_pattern_next(b, text, n, at, &start_b, &end_b);

        if (is_a != is_b || start_a != start_b || end_a != end_b)
            g_error("“%s” from %zu: %zu-%zu and %zu-%zu", text, at, start_a, end_a,
                    start_b, end_b);
        if (!is_a)
            return;
        at = end_a;
    }
}

static void
test_scanners(void)
{
    UmkRng rng;

    _umk_rng_init(&rng, 42, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(scanned); i++) {
        /* In a group it is not recognised and goes to the general engine. */
        g_autofree char *grouped = g_strdup_printf("(?:%s)", scanned[i]);
        g_autoptr(UmkPattern) fast = _umk_pattern_new_from_regex(scanned[i], NULL);
        g_autoptr(UmkPattern) general = _umk_pattern_new_from_regex(grouped, NULL);

        for (guint j = 0; j < 4000; j++) {
            g_autoptr(GString) text = g_string_new(NULL);
            gsize n = _umk_rng_below(&rng, 24);

            while (n-- > 0)
                g_string_append(text,
                                letters[_umk_rng_below(&rng, G_N_ELEMENTS(letters))]);
            compare(fast, general, text->str);
        }
    }
}

/* Matches joined by |. */
static void
check(const char *regex, const char *text, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkPattern) self = _umk_pattern_new_from_regex(regex, &error);
    g_autoptr(GString) got = g_string_new(NULL);
    gsize at = 0, start, end;

    g_assert_no_error(error);
    while (_umk_pattern_next(self, text, strlen(text), at, &start, &end)) {
        g_string_append_len(got, text + start, (gssize) (end - start));
        g_string_append_c(got, '|');
        at = end;
    }
    g_assert_cmpstr(got->str, ==, expected);
}

/* DeepSeek, GPT-4o, the reading of tiktoken, Gemma and bge-m3. */
static void
test_published(void)
{
    check("\\p{N}{1,3}", "a1234", "123|4|");
    check(
        "[\xe4\xb8\x80-\xe9\xbe\xa5\xe3\x81\x80-\xe3\x82\x9f\xe3\x82\xa0-\xe3\x83\xbf]+",
        "ab\xe6\x97\xa5\xe6\x9c\xac z\xe3\x81\x82",
        "\xe6\x97\xa5\xe6\x9c\xac|\xe3\x81\x82|");
    check("[!\"#$%&'()*+,\\-./"
          ":;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?"
          "[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
          ".it is  e\xcc\x81!\n", ".it| is| | e\xcc\x81|!\n|");
    check("[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{"
          "Lo}"
          "\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| "
          "?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|"
          "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
          "HelloWorld's 12345", "Hello|World's| |123|45|");
    check("(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}| "
          "?[^\\s\\p{L}\\p{N}]"
          "++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+",
          "x y", "x| y|");
    check(" {2,}", "a  b c   d", "  |   |");
    check("\\w+|[^\\w\\s]+", "e\xcc\x81_1 \xc2\xbd!", "e\xcc\x81_1|\xc2\xbd!|");
    check("\\W", "a!\xcc\x81", "!|");
    check("^a", "a\nab\ra", "a|a|"); /* at every line, and \r ends none */
    check("[]a]+[[:digit:]]", "]a1", "]a1|");
}

static void
refuse(const char *regex, const char *needle)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(_umk_pattern_new_from_regex(regex, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED);
    if (strstr(error->message, needle) == NULL)
        g_error("“%s” is not in “%s”", needle, error->message);
}

static void
test_refused(void)
{
    refuse("\\h+", "\\h");
    refuse("[\\p{L}&&[^a]]", "&&");
    refuse("[a[bc]]", "“[”");
    refuse("a{,3}", "{,");
    refuse("a(?i)b|c", "(?i)");
    refuse("(?m:a.b)", "(?m");
    refuse("[\\W]", "\\W");
    refuse("a\\b", "\\b");
    refuse("a\\", "\\");
    refuse("(a", "(a");
    refuse("(?<=a+)b", "(?<=a+)b");
    refuse("\\p{NoSuchThing}", "NoSuchThing");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pattern/scanners", test_scanners);
    g_test_add_func("/pattern/published", test_published);
    g_test_add_func("/pattern/refused", test_refused);
    return g_test_run();
}
