/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads texts as what they are: all numbers and more than a few of them is an amount; few
 * different ones are categories; long ones that differ are looked into for words. */
#include "umk-app-field.h"

#include "umk-app-modality.h"
#include "umk-app-titles.h"

#include <math.h>
#include <string.h>

#define FEW_NUMBERS 8        /* up to so many different numbers are names, not amounts */
#define LONGEST     60u      /* characters of a name that is shown */
#define MOST_TEXTS  2000000u /* whose words are looked into */
#define LOOKED_AT   1200u    /* bytes of each */

static UmkAppField *
make(const char *name, const char *title, UmkAppFieldKind kind, gsize n)
{
    UmkAppField *self = g_new0(UmkAppField, 1);

    g_atomic_ref_count_init(&self->references);
    self->name = g_strdup(name);
    self->title = g_strdup(title);
    self->kind = kind;
    self->n_rows = n;
    return self;
}

UmkAppField *
umk_app_field_ref(UmkAppField *self)
{
    g_atomic_ref_count_inc(&self->references);
    return self;
}

void
umk_app_field_unref(UmkAppField *self)
{
    if (self == NULL || !g_atomic_ref_count_dec(&self->references))
        return;
    for (guint g = 0; self->rows != NULL && g < self->n_groups; g++)
        umk_app_rows_unref(self->rows[g]);
    g_free(self->rows);
    g_strfreev(self->names);
    g_free(self->counts);
    g_free(self->group);
    g_free(self->values);
    g_free(self->name);
    g_free(self->title);
    g_free(self);
}

/* ---- numbers -------------------------------------------------------------------------
 */

/* Bins of a width that people count in: 1, 2 or 5 times a power of ten. */
static void
choose_bins(UmkAppField *self, gboolean whole)
{
    double range = self->high - self->low, rough = range / (UMK_APP_FIELD_BINS - 2);
    double power = pow(10, floor(log10(rough))), step = power;

    for (guint i = 0; i < 3 && step < rough; i++)
        step = power * (double[]){2, 5, 10}[i];
    if (whole)
        step = fmax(step, 1);
    self->step = step;
    self->first = floor(self->low / step) * step;
    self->n_groups =
        (guint) fmin(floor((self->high - self->first) / step) + 1, UMK_APP_FIELD_BINS);
}

UmkAppField *
umk_app_field_new_from_numbers(const char *name,
                               const char *title,
                               const float *numbers,
                               gsize n)
{
    g_autoptr(UmkAppField) self = make(name, title, UMK_APP_FIELD_NUMBER, n);
    gboolean whole = TRUE;

    self->low = INFINITY;
    self->high = -INFINITY;
    for (gsize i = 0; i < n; i++) {
        double value = (double) numbers[i];

        if (!isfinite(value)) {
            self->n_missing++;
            continue;
        }
        self->low = fmin(self->low, value);
        self->high = fmax(self->high, value);
        whole = whole && value == floor(value);
    }
    if (!(self->high > self->low) || !isfinite(self->high - self->low))
        return NULL;
    choose_bins(self, whole);
    self->values = g_new(float, n);
    memcpy(self->values, numbers, n * sizeof *numbers);
    self->group = g_new(guint16, n);
    self->counts = g_new0(gsize, self->n_groups);
    for (gsize i = 0; i < n; i++) {
        double at = ((double) numbers[i] - self->first) / self->step;

        self->group[i] = UMK_APP_NO_GROUP;
        if (!isfinite(at))
            continue;
        /* a width such as 0.1 is not exact: what lies a hair below an edge is on it */
        self->group[i] = (guint16) CLAMP(at + 1e-6, 0, self->n_groups - 1.0);
        self->counts[self->group[i]]++;
    }
    return g_steal_pointer(&self);
}

static gboolean
parse_number(const char *text, double *value)
{
    char *end;

    *value = g_ascii_strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*value);
}

/* NULL where the values are not numbers, or so few that they rather are names. */
static float *
to_numbers(const char *const *texts, gsize n)
{
    g_autofree float *values = g_new(float, n + 1);
    g_autoptr(GHashTable) different = g_hash_table_new(g_str_hash, g_str_equal);
    double value;

    for (gsize i = 0; i < n; i++) {
        values[i] = NAN;
        if (*texts[i] == '\0')
            continue;
        if (!parse_number(texts[i], &value))
            return NULL;
        values[i] = (float) value;
        if (g_hash_table_size(different) <= FEW_NUMBERS)
            g_hash_table_add(different, (gpointer) texts[i]);
    }
    return g_hash_table_size(different) > FEW_NUMBERS ? g_steal_pointer(&values) : NULL;
}

/* ---- categories ----------------------------------------------------------------------
 */

typedef struct {
    const char *name;
    gsize count;
    guint32 code, rank;
} Tally;

static int
compare_tallies(gconstpointer a, gconstpointer b)
{
    const Tally *x = a, *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return strcmp(x->name, y->name);
}

UmkAppField *
umk_app_field_new_from_codes(const char *name,
                             const char *title,
                             const gint32 *codes,
                             gsize n,
                             const char *const *names,
                             guint n_names)
{
    UmkAppField *self = make(name, title, UMK_APP_FIELD_CATEGORY, n);
    g_autofree Tally *tallies = g_new0(Tally, n_names + 1);
    g_autofree guint16 *rank = g_new(guint16, n_names + 1);
    guint used = 0;

    for (guint c = 0; c < n_names; c++)
        tallies[c] = (Tally){.name = names[c], .code = c};
    for (gsize i = 0; i < n; i++)
        if (codes[i] >= 0 && (guint) codes[i] < n_names)
            tallies[codes[i]].count++;
    qsort(tallies, n_names, sizeof *tallies, compare_tallies);
    while (used < n_names && used < UMK_APP_FIELD_CATEGORIES && tallies[used].count > 0)
        used++;
    self->n_groups = used;
    self->names = g_new0(char *, used + 1);
    self->counts = g_new0(gsize, used + 1);
    memset(rank, 0xff, (n_names + 1) * sizeof *rank);
    for (guint g = 0; g < used; g++) {
        self->names[g] = g_strdup(tallies[g].name);
        self->counts[g] = tallies[g].count;
        rank[tallies[g].code] = (guint16) g;
    }
    self->n_shared =
        umk_app_titles_count_shared((const char *const *) self->names, self->n_groups);
    self->group = g_new(guint16, n + 1);
    for (gsize i = 0; i < n; i++) {
        self->group[i] = codes[i] >= 0 && (guint) codes[i] < n_names ? rank[codes[i]]
                                                                     : UMK_APP_NO_GROUP;
        self->n_missing += self->group[i] == UMK_APP_NO_GROUP;
    }
    return self;
}

/* Numbers the different texts; NULL names if there are more than so many. */
static gint32 *
number_texts(const char *const *texts, gsize n, gsize most, GPtrArray **names)
{
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    g_autofree gint32 *codes = g_new(gint32, n + 1);
    const char *last = NULL;

    for (gsize i = 0; i < n; i++) {
        gpointer code;

        if (*texts[i] == '\0') {
            codes[i] = -1;
        } else if (last != NULL && strcmp(texts[i], last) == 0) {
            codes[i] = codes[i - 1];
        } else if (g_hash_table_lookup_extended(known, texts[i], NULL, &code)) {
            codes[i] = GPOINTER_TO_INT(code);
        } else {
            if (all->len >= most)
                return NULL;
            codes[i] = (gint32) all->len;
            g_hash_table_insert(known, (gpointer) texts[i], GINT_TO_POINTER(codes[i]));
            g_ptr_array_add(all, (gpointer) texts[i]);
        }
        last = *texts[i] != '\0' ? texts[i] : NULL;
    }
    *names = g_steal_pointer(&all);
    return g_steal_pointer(&codes);
}

/* ---- words ---------------------------------------------------------------------------
 */

/* The beginnings of long texts; own holds those that are copies. */
static const char **
shorten(const char *const *texts, gsize n, GPtrArray *own)
{
    const char **said = g_new(const char *, n + 1);

    for (gsize i = 0; i < n; i++) {
        char *end = NULL;

        said[i] = texts[i];
        if (strnlen(texts[i], LOOKED_AT + 1) <= LOOKED_AT)
            continue;
        end = g_utf8_find_prev_char(texts[i], texts[i] + LOOKED_AT);
        said[i] = g_strndup(texts[i], (gsize) (end - texts[i]));
        g_ptr_array_add(own, (gpointer) said[i]);
    }
    return said;
}

/* How many texts each word is in, most first. */
static GArray *
rank_words(const guint32 *numbers, gsize n_numbers, char **words)
{
    gsize n_words = g_strv_length(words);
    g_autofree gsize *counts = g_new0(gsize, n_words + 1);
    GArray *order = g_array_new(FALSE, FALSE, sizeof(Tally));

    for (gsize i = 0; i < n_numbers; i++)
        counts[numbers[i]]++;
    for (gsize w = 0; w < n_words; w++) {
        Tally tally = {words[w], counts[w], (guint32) w, 0};

        if (counts[w] >= 2)
            g_array_append_val(order, tally);
    }
    g_array_sort(order, compare_tallies);
    return order;
}

/* The engine cuts, as it does to name clusters: no stop words, Japanese too. */
UmkAppField *
umk_app_field_new_from_words(const char *name,
                             const char *title,
                             const char *const *texts,
                             gsize n)
{
    g_autoptr(UmkAppField) self = make(name, title, UMK_APP_FIELD_WORD, n);
    g_autoptr(GPtrArray) own = g_ptr_array_new_with_free_func(g_free);
    g_autofree const char **said = NULL;
    g_autoptr(GBytes) offsets = NULL, numbers = NULL;
    g_auto(GStrv) words = NULL;
    g_autoptr(GArray) order = NULL;
    g_autofree guint8 *masks = NULL;
    g_autofree guint32 *rank = NULL;
    const guint64 *from;
    const guint32 *of;

    if (n > MOST_TEXTS)
        return NULL;
    said = shorten(texts, n, own);
    numbers = umk_cluster_cut_words(said, n, &offsets, &words, NULL, NULL);
    if (numbers == NULL)
        return NULL;
    from = g_bytes_get_data(offsets, NULL);
    of = g_bytes_get_data(numbers, NULL);
    order = rank_words(of, (gsize) from[n], words);
    /* texts of which none shares a word with more than a few others */
    if (order->len < 2 || g_array_index(order, Tally, 0).count < MAX(3, n / 100))
        return NULL;
    self->n_groups = MIN(order->len, UMK_APP_FIELD_WORDS);
    self->names = g_new0(char *, self->n_groups + 1);
    self->counts = g_new0(gsize, self->n_groups);
    self->rows = g_new0(UmkAppRows *, self->n_groups);
    masks = g_new0(guint8, self->n_groups * n + 1);
    rank = g_new0(guint32, g_strv_length(words) + 1);
    for (guint g = 0; g < self->n_groups; g++) {
        const Tally *tally = &g_array_index(order, Tally, g);

        self->names[g] = g_strdup(tally->name);
        self->counts[g] = tally->count;
        rank[tally->code] = g + 1;
    }
    for (gsize i = 0; i < n; i++) {
        self->n_missing += *texts[i] == '\0';
        for (guint64 w = from[i]; w < from[i + 1]; w++)
            if (rank[of[w]] > 0)
                masks[(gsize) (rank[of[w]] - 1) * n + i] = 1;
    }
    for (guint g = 0; g < self->n_groups; g++)
        self->rows[g] = umk_app_rows_new_from_mask(n, masks + g * n);
    return g_steal_pointer(&self);
}

UmkAppField *
umk_app_field_new(const char *name, const char *title, const char *const *texts, gsize n)
{
    g_autofree float *numbers = to_numbers(texts, n);
    g_autoptr(GPtrArray) names = NULL;
    g_autofree gint32 *codes = NULL;
    UmkAppField *self;
    gsize n_texts = 0;

    if (numbers != NULL)
        return umk_app_field_new_from_numbers(name, title, numbers, n);
    for (gsize i = 0; i < n; i++)
        n_texts += *texts[i] != '\0';
    codes =
        number_texts(texts, n, MAX(12, MIN(n_texts / 2, UMK_APP_NO_GROUP - 1)), &names);
    if (codes == NULL)
        return umk_app_field_new_from_words(name, title, texts, n);
    if (names->len < 2 && n_texts == n)
        return NULL;
    if (names->len == 0)
        return NULL;
    self = umk_app_field_new_from_codes(name, title, codes, n,
                                        (const char *const *) names->pdata, names->len);
    return self;
}

gboolean
umk_app_field_tells(UmkAppField *self)
{
    gsize n_has = self->n_rows - self->n_missing, most = 0;

    for (guint g = 0; g < self->n_groups; g++)
        most = MAX(most, self->counts[g]);
    return self->n_groups + (self->n_missing > 0) >= 2 && most >= MAX(2, n_has / 100);
}

char *
umk_app_field_dup_shown(UmkAppField *self, guint group)
{
    const char *name = self->names[group];

    return self->n_shared > 0 && self->n_shared < strlen(name)
               ? umk_app_text_tidy(name + self->n_shared, LONGEST)
               : umk_app_text_tidy(name, LONGEST);
}

/* ---- counting and choosing -----------------------------------------------------------
 */

static void
count_words(UmkAppField *self, UmkAppRows *within, gsize *counts)
{
    gsize n_words;
    const guint64 *keep = umk_app_rows_get_words(within, &n_words);

    for (guint g = 0; g < self->n_groups; g++) {
        const guint64 *own = umk_app_rows_get_words(self->rows[g], NULL);

        for (gsize w = 0; w < n_words; w++)
            counts[g] += (gsize) __builtin_popcountll(own[w] & keep[w]);
    }
}

/* Many rows: words of bits that are full or empty need no look at each bit. */
static void
count_groups(UmkAppField *self, UmkAppRows *within, gsize *counts)
{
    gsize n_words;
    const guint64 *keep = umk_app_rows_get_words(within, &n_words);
    g_autofree guint32 *bins = g_new0(guint32, UMK_APP_NO_GROUP + 1u);

    for (gsize w = 0; w < n_words; w++) {
        const guint16 *group = self->group + w * 64;

        if (keep[w] == G_MAXUINT64)
            for (guint b = 0; b < 64; b++)
                bins[group[b]]++;
        else
            for (guint64 left = keep[w]; left != 0; left &= left - 1)
                bins[group[__builtin_ctzll(left)]]++;
    }
    for (guint g = 0; g < self->n_groups; g++)
        counts[g] = bins[g];
}

void
umk_app_field_count(UmkAppField *self, UmkAppRows *within, gsize *counts)
{
    memset(counts, 0, self->n_groups * sizeof *counts);
    if (within == NULL || umk_app_rows_get_n_rows(within) != self->n_rows)
        memcpy(counts, self->counts, self->n_groups * sizeof *counts);
    else if (self->kind == UMK_APP_FIELD_WORD)
        count_words(self, within, counts);
    else
        count_groups(self, within, counts);
}

UmkAppRows *
umk_app_field_select(UmkAppField *self, const guint *groups, gsize n_groups)
{
    g_autofree guint8 *keep = g_new0(guint8, self->n_rows + 1);
    g_autofree guint8 *chosen = g_new0(guint8, UMK_APP_NO_GROUP + 1u);

    for (gsize i = 0; i < n_groups; i++)
        if (groups[i] < self->n_groups)
            chosen[groups[i]] = 1;
    for (gsize r = 0; self->group != NULL && r < self->n_rows; r++)
        keep[r] = chosen[self->group[r]];
    for (guint g = 0; self->rows != NULL && g < self->n_groups; g++)
        for (gsize r = 0; chosen[g] && r < self->n_rows; r++)
            keep[r] |= (guint8) umk_app_rows_contains(self->rows[g], r);
    return umk_app_rows_new_from_mask(self->n_rows, keep);
}

char *
umk_app_field_dup_edge(UmkAppField *self, guint bin)
{
    double value = self->first + self->step * bin;
    int digits = self->step >= 1 ? 0 : (int) ceil(-log10(self->step) - 1e-9);

    if (fabs(value) < self->step / 2)
        value = 0;
    return umk_app_text_set_minus(digits > 6 || fabs(value) >= 1e9
                                      ? g_strdup_printf("%.4g", value)
                                      : g_strdup_printf("%.*f", digits, value));
}

/* Of numbers the first and last bin; of names the names, which stay true when a field is
 * read anew. */
char *
umk_app_field_make_detail(UmkAppField *self, const guint *groups, gsize n_groups)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (self->kind == UMK_APP_FIELD_NUMBER)
        return n_groups > 0 ? g_strdup_printf("%u %u", groups[0], groups[n_groups - 1])
                            : g_strdup("");
    for (gsize i = 0; i < n_groups; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? "\n" : "", self->names[groups[i]]);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

guint *
umk_app_field_read_detail(UmkAppField *self, const char *detail, gsize *n_groups)
{
    guint *groups = g_new(guint, self->n_groups + 1);
    g_auto(GStrv) parts = NULL;

    *n_groups = 0;
    if (detail == NULL || *detail == '\0')
        return groups;
    parts = g_strsplit(detail, self->kind == UMK_APP_FIELD_NUMBER ? " " : "\n", -1);
    if (self->kind == UMK_APP_FIELD_NUMBER) {
        guint64 from = g_ascii_strtoull(parts[0], NULL, 10);
        guint64 to = parts[1] != NULL ? g_ascii_strtoull(parts[1], NULL, 10) : from;

        for (guint64 g = from; g <= to && g < self->n_groups; g++)
            groups[(*n_groups)++] = (guint) g;
        return groups;
    }
    for (guint g = 0; g < self->n_groups; g++)
        if (g_strv_contains((const char *const *) parts, self->names[g]))
            groups[(*n_groups)++] = g;
    return groups;
}
