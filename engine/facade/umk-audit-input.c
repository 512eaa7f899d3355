/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sets of one test as a measure takes them. What two opposed sets share says nothing
 * of their difference and is left out of both; of sets of pairs a member without its
 * partner is left out; a set of which less than two items are left ends the test. */
#include "facade/umk-audit-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>

#include <glib/gi18n-lib.h>

#include <string.h>

typedef struct {
    const char *role;
    const UmkAuditFound *found;
    GArray *kept; /* guint: positions in found */
} Side;

static void
free_side(gpointer data)
{
    Side *side = data;

    g_array_unref(side->kept);
    g_free(side);
}

static GPtrArray *
list_sides(const UmkAuditWork *work, const UmkAuditTest *test)
{
    GPtrArray *sides = g_ptr_array_new_with_free_func(free_side);

    for (guint i = 0; i < test->roles->len; i++) {
        const UmkAuditRole *role = test->roles->pdata[i];
        Side *side = g_new0(Side, 1);

        side->role = role->role;
        side->found = _umk_audit_work_get(work, role->set);
        side->kept = g_array_new(FALSE, FALSE, sizeof(guint));
        for (guint j = 0; j < side->found->names->len; j++)
            g_array_append_val(side->kept, j);
        g_ptr_array_add(sides, side);
    }
    return sides;
}

/* Roles of one of these groups are set against one another. */
static gboolean
are_opposed(const char *one, const char *other)
{
    static const char *const groups[] = {"x y z w", "a b"};

    for (gsize i = 0; i < G_N_ELEMENTS(groups); i++)
        if (strlen(one) == 1 && strlen(other) == 1 && strstr(groups[i], one) != NULL &&
            strstr(groups[i], other) != NULL)
            return TRUE;
    return FALSE;
}

/* An item is its row, or its name when it was embedded. */
static char *
key_of(const UmkAuditFound *found, guint i)
{
    guint64 row = g_array_index(found->rows, guint64, i);

    return row != UMK_AUDIT_NO_ROW
               ? g_strdup_printf("#%" G_GUINT64_FORMAT, row)
               : g_strconcat("=", (const char *) found->names->pdata[i], NULL);
}

static GHashTable *
keys_of(const Side *side)
{
    GHashTable *keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < side->found->names->len; i++)
        g_hash_table_add(keys, key_of(side->found, i));
    return keys;
}

/* Once each, whichever side names it. */
static void
note(GPtrArray *names, const char *name)
{
    for (guint i = 0; i < names->len; i++)
        if (strcmp(names->pdata[i], name) == 0)
            return;
    g_ptr_array_add(names, g_strdup(name));
}

/* Keeps the positions whose mark is not set. */
static void
drop_marked(Side *side, const gboolean *marked)
{
    guint n = 0;

    for (guint i = 0; i < side->kept->len; i++) {
        guint at = g_array_index(side->kept, guint, i);

        if (!marked[at])
            g_array_index(side->kept, guint, n++) = at;
    }
    g_array_set_size(side->kept, n);
}

/* What side shares with another one. */
static void
handle_overlap(UmkAuditOutcome *outcome, Side *side, const Side *other)
{
    g_autoptr(GHashTable) keys = keys_of(other);
    g_autofree gboolean *marked = g_new0(gboolean, side->found->names->len + 1);
    gboolean opposed = are_opposed(side->role, other->role);

    for (guint i = 0; i < side->found->names->len; i++) {
        g_autofree char *key = key_of(side->found, i);

        if (!g_hash_table_contains(keys, key))
            continue;
        marked[i] = TRUE;
        note(opposed ? outcome->overlap : outcome->shared, side->found->names->pdata[i]);
    }
    if (opposed)
        drop_marked(side, marked);
}

/* Members of side whose partner is not among those kept of the other. */
static void
handle_pairs(UmkAuditOutcome *outcome, Side *side, const Side *other)
{
    g_autoptr(GHashTable) places = g_hash_table_new(g_direct_hash, g_direct_equal);
    g_autofree gboolean *marked = g_new0(gboolean, side->found->names->len + 1);

    for (guint i = 0; i < other->kept->len; i++)
        g_hash_table_add(
            places,
            GUINT_TO_POINTER(1 + g_array_index(other->found->places, guint,
                                               g_array_index(other->kept, guint, i))));
    for (guint i = 0; i < side->kept->len; i++) {
        guint at = g_array_index(side->kept, guint, i);
        guint place = g_array_index(side->found->places, guint, at);

        if (g_hash_table_contains(places, GUINT_TO_POINTER(1 + place)))
            continue;
        marked[at] = TRUE;
        note(outcome->unpaired, side->found->names->pdata[at]);
    }
    drop_marked(side, marked);
}

static gboolean
are_partners(const Side *one, const Side *other)
{
    return g_strcmp0(one->found->set->pairs_with, other->found->set->id) == 0 &&
           g_strcmp0(other->found->set->pairs_with, one->found->set->id) == 0;
}

static void
prune(UmkAuditOutcome *outcome, GPtrArray *sides)
{
    for (guint i = 0; i < sides->len; i++)
        for (guint j = 0; j < sides->len; j++)
            if (i != j)
                handle_overlap(outcome, sides->pdata[i], sides->pdata[j]);
    for (guint i = 0; i < sides->len; i++)
        for (guint j = 0; j < sides->len; j++)
            if (i != j && are_partners(sides->pdata[i], sides->pdata[j]))
                handle_pairs(outcome, sides->pdata[i], sides->pdata[j]);
}

static const char *
find_reason_of(const Side *side)
{
    if (side->found->asked[0] == NULL)
        return "set-without-items";
    if (side->found->names->len == 0)
        return "set-empty";
    if (side->kept->len == 0)
        return "set-used-up";
    /* a set that asked for one item only may be what a measure wants */
    if (side->kept->len == 1 && side->found->asked[1] != NULL)
        return side->found->names->len == 1 ? "set-too-small" : "set-nearly-used-up";
    return NULL;
}

static const char *
find_reason(const GPtrArray *sides)
{
    const char *reason = NULL;

    for (guint i = 0; reason == NULL && i < sides->len; i++)
        reason = find_reason_of(sides->pdata[i]);
    return reason;
}

static gboolean
is_half_missing(const GPtrArray *sides)
{
    for (guint i = 0; i < sides->len; i++) {
        const Side *side = sides->pdata[i];

        if (2 * side->kept->len < g_strv_length(side->found->asked))
            return TRUE;
    }
    return FALSE;
}

/* Of a set, as a debias has changed them if there is a view of one. */
static UmkMatrix *
vectors_of(const UmkAuditWork *work, const UmkAuditView *view, const UmkAuditFound *found)
{
    guint i;

    if (view != NULL && g_ptr_array_find(work->found, found, &i))
        return view->sets->pdata[i];
    return found->vectors;
}

static gboolean
add_side(UmkBiasInput *input, const Side *side, UmkMatrix *from, GError **error)
{
    const UmkAuditFound *found = side->found;
    guint n = side->kept->len;
    g_autofree guint64 *rows = g_new(guint64, n + 1);
    g_autofree const char **names = g_new0(const char *, n + 1);
    g_autofree UmkModality *modalities = g_new(UmkModality, n + 1);
    g_autofree double *values = g_new(double, n + 1);
    g_autoptr(UmkMatrix) vectors = NULL;
    const char *title = _umk_audit_text(found->set->title, NULL);
    gboolean texts = TRUE;

    for (guint i = 0; i < n; i++) {
        guint at = g_array_index(side->kept, guint, i);

        rows[i] = at;
        names[i] = found->names->pdata[at];
        modalities[i] = g_array_index(found->modalities, UmkModality, at);
        texts &= modalities[i] == UMK_MODALITY_TEXT;
        values[i] = found->values->len > 0 ? g_array_index(found->values, double, at) : 0;
    }
    vectors = umk_matrix_select_rows(from, rows, n, error);
    return vectors != NULL &&
           umk_bias_input_add_set(input, side->role,
                                  title != NULL ? title : found->set->id, vectors, names,
                                  error) &&
           (texts ||
            umk_bias_input_set_modalities(input, side->role, modalities, n, error)) &&
           (found->values->len == 0 ||
            umk_bias_input_set_values(input, side->role, values, n, error));
}

/* A collection knows what each of its rows is; random sets are drawn from those of the
 * targets' kind. */
static gboolean
add_modalities(const UmkAuditWork *work, UmkBiasInput *input, GError **error)
{
    const UmkModality *modalities = work->source->modalities;
    g_autofree const char **labels = NULL;
    gsize n;

    if (modalities == NULL || work->background == NULL || work->from_lists ||
        g_hash_table_contains(work->columns, "modality"))
        return TRUE;
    n = umk_matrix_get_n_rows(work->background);
    labels = g_new(const char *, n + 1);
    for (gsize i = 0; i < n; i++)
        labels[i] = umk_modality_get_name(modalities[i]);
    return umk_bias_input_set_column(input, "modality", labels, n, error);
}

static gboolean
add_columns(const UmkAuditWork *work, UmkBiasInput *input, GError **error)
{
    GHashTableIter iter;
    gpointer role, labels;

    g_hash_table_iter_init(&iter, work->columns);
    while (g_hash_table_iter_next(&iter, &role, &labels))
        if (!umk_bias_input_set_column(input, role, labels, g_strv_length(labels), error))
            return FALSE;
    return TRUE;
}

UmkBiasInput *
_umk_audit_make_input(const UmkAuditWork *work, UmkAuditOutcome *outcome, GError **error)
{
    g_autoptr(GPtrArray) sides = list_sides(work, outcome->test);
    g_autoptr(UmkBiasInput) input = NULL;
    gboolean behind =
        work->view != NULL && _umk_audit_looks_behind(outcome->test->measure);
    const UmkAuditView *view = behind ? NULL : work->view;

    prune(outcome, sides);
    outcome->undefined = find_reason(sides);
    if (outcome->undefined != NULL)
        return NULL;
    outcome->half_missing = is_half_missing(sides);
    input = umk_bias_input_new(view != NULL ? view->background : work->background,
                               (const char *const *) work->background_names);
    if (input == NULL || !add_columns(work, input, error) ||
        !add_modalities(work, input, error))
        return NULL;
    for (guint i = 0; i < sides->len; i++)
        if (!add_side(input, sides->pdata[i],
                      vectors_of(work, view, ((const Side *) sides->pdata[i])->found),
                      error))
            return NULL;
    if (behind && !umk_bias_input_set_debias(input, work->view->debias, error))
        return NULL;
    return g_steal_pointer(&input);
}
