/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The integrity check: SQLite's own, every slot's checksum by read calls, and that slots
 * and rows tell the same story. It only looks, and goes on past what it finds. */
#include "store/umk-collection-private.h"

#include "core/umk-run-private.h"
#include "store/umk-kept-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#define MAX_PROBLEMS 100

typedef struct {
    UmkCollection *collection;
    GPtrArray *problems;
    guint64 n_left_out;
} Report;

G_GNUC_PRINTF(2, 3)
static void
add_problem(Report *report, const char *format, ...)
{
    va_list arguments;

    if (report->problems->len >= MAX_PROBLEMS) {
        report->n_left_out++;
        return;
    }
    va_start(arguments, format);
    g_ptr_array_add(report->problems, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

static gboolean
check_database(Report *report, GError **error)
{
    g_autoptr(sqlite3_stmt) rows = NULL;
    GError *failure = NULL;

    rows = _umk_meta_prepare(report->collection->db, "PRAGMA integrity_check(20)", error);
    if (rows == NULL)
        return FALSE;
    while (_umk_meta_next(rows, &failure)) {
        const char *line = _umk_meta_text(rows, 0);

        if (g_strcmp0(line, "ok") != 0)
            add_problem(report, "%s: %s", UMK_META_FILE, line);
    }
    /* A database too damaged to be walked is a finding, not a failure to look. */
    if (failure != NULL) {
        add_problem(report, "%s", failure->message);
        g_error_free(failure);
    }
    return TRUE;
}

static void
check_counts(Report *report)
{
    UmkCollection *self = report->collection;
    g_autoptr(sqlite3_stmt) row = NULL;

    row = _umk_meta_prepare(self->db,
                            "SELECT count(*), coalesce(max(item), 0),"
                            " sum(frame NOT IN (SELECT frame FROM frames)),"
                            " sum(model NOT IN (SELECT model FROM models)) FROM items",
                            NULL);
    if (row == NULL || !_umk_meta_next(row, NULL))
        return;
    if (sqlite3_column_int64(row, 0) != self->n_items)
        add_problem(report, _("%s counts %" PRId64 " items but holds %" PRId64),
                    UMK_META_FILE, self->n_items, (gint64) sqlite3_column_int64(row, 0));
    if (sqlite3_column_int64(row, 1) >= self->next_item)
        add_problem(report, _("%s holds an item numbered higher than the next one"),
                    UMK_META_FILE);
    if (sqlite3_column_int64(row, 2) > 0 || sqlite3_column_int64(row, 3) > 0)
        add_problem(report, _("%s holds items of a frame or model that is not there"),
                    UMK_META_FILE);
}

/* The owners of a frame's slots in slot order: items and tombstones. */
typedef struct {
    sqlite3_stmt *rows;
    gboolean there;
    guint64 slot;
    guint64 item;
    gboolean live;
} Owners;

static void
next_owner(Owners *owners)
{
    owners->there = _umk_meta_next(owners->rows, NULL);
    if (!owners->there)
        return;
    owners->slot = (guint64) sqlite3_column_int64(owners->rows, 0);
    owners->item = (guint64) sqlite3_column_int64(owners->rows, 1);
    owners->live = sqlite3_column_int(owners->rows, 2);
}

static void
check_slot(Report *report,
           UmkFrame *frame,
           Owners *owners,
           guint64 slot,
           guint64 item,
           const char *wrong)
{
    if (wrong != NULL)
        add_problem(report, _("%s: slot %" PRIu64 " %s"), frame->file, slot, wrong);
    if (!owners->there || owners->slot > slot) {
        add_problem(report, _("%s: slot %" PRIu64 " belongs to no item"), frame->file,
                    slot);
        return;
    }
    if (wrong == NULL && owners->item != item)
        add_problem(
            report,
            _("%s: slot %" PRIu64 " says it is of item %" PRIu64 ", %s says %" PRIu64),
            frame->file, slot, item, UMK_META_FILE, owners->item);
    for (next_owner(owners); owners->there && owners->slot == slot; next_owner(owners))
        add_problem(report, _("%s: slot %" PRIu64 " belongs to two items"), frame->file,
                    slot);
}

static gboolean
check_frame(Report *report, UmkFrame *frame, UmkRun *run, GError **error)
{
    g_autoptr(sqlite3_stmt) statement = NULL;
    g_autofree float *rows = g_new(float, UMK_VECTOR_FILE_BLOCK * frame->n_dims);
    guint64 items[UMK_VECTOR_FILE_BLOCK];
    const char *wrong[UMK_VECTOR_FILE_BLOCK];
    guint64 n_slots = frame->n_committed;
    Owners owners = {0};

    statement =
        _umk_meta_prepare(report->collection->db,
                          "SELECT slot, item, 1 FROM items WHERE frame = ?1 UNION ALL"
                          " SELECT slot, item, 0 FROM tombstones WHERE frame = ?1"
                          " ORDER BY 1",
                          error);
    if (statement == NULL)
        return FALSE;
    sqlite3_bind_int64(statement, 1, frame->key);
    owners.rows = statement;
    next_owner(&owners);
    for (guint64 first = 0; first < n_slots; first += UMK_VECTOR_FILE_BLOCK) {
        gsize n = (gsize) MIN(UMK_VECTOR_FILE_BLOCK, n_slots - first);
        GError *failure = NULL;

        if (!umk_run_check(run, error))
            return FALSE;
        umk_run_report(run, _("Checking vectors"), (double) first / (double) n_slots);
        if (!_umk_vector_file_check_rows(frame->vectors, first, n, rows, items, wrong,
                                         &failure)) {
            add_problem(report, "%s", failure->message);
            g_error_free(failure);
            return TRUE;
        }
        for (gsize i = 0; i < n; i++)
            check_slot(report, frame, &owners, first + i, items[i], wrong[i]);
    }
    for (; owners.there; next_owner(&owners))
        add_problem(
            report,
            _("%s: item %" PRIu64 " points to slot %" PRIu64 ", which is not there"),
            frame->file, owners.item, owners.slot);
    return TRUE;
}

static void
check_kept(Report *report)
{
    g_autoptr(GPtrArray) damaged = _umk_kept_check(report->collection);

    for (guint i = 0; i + 1 < damaged->len; i += 2)
        add_problem(report, "%s: %s", (const char *) damaged->pdata[i],
                    (const char *) damaged->pdata[i + 1]);
}

static gboolean
verify(Report *report, UmkRun *run, GError **error)
{
    UmkCollection *self = report->collection;

    umk_run_report(run, _("Checking metadata"), -1);
    if (!check_database(report, error))
        return FALSE;
    check_counts(report);
    for (guint i = 0; i < self->frames->len; i++) {
        g_auto(UmkRun) stage = {0};
        gboolean done;

        _umk_run_init_stage(&stage, run, i / (double) self->frames->len,
                            (i + 1) / (double) self->frames->len);
        done = check_frame(report, self->frames->pdata[i], &stage, error);
        if (!done)
            return FALSE;
    }
    check_kept(report);
    if (report->n_left_out > 0)
        g_ptr_array_add(report->problems,
                        g_strdup_printf(_("and %" PRIu64 " more"), report->n_left_out));
    return TRUE;
}

/**
 * umk_collection_verify:
 * @self: a collection, nothing uncommitted
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call) (closure progress_data): called now and then
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Reads everything and compares: the database with itself, each vector with its checksum,
 * items with slots. Damage is in the list; @error is for not being able to look.
 *
 * Returns: (transfer full) (array zero-terminated=1): one sentence for each problem;
 * empty when there is none
 */
char **
umk_collection_verify(UmkCollection *self,
                      GCancellable *cancellable,
                      UmkProgressFunc progress,
                      gpointer progress_data,
                      GError **error)
{
    g_auto(UmkRun) run = {0};
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    Report report = {.collection = self, .problems = problems};
    gboolean done;

    _umk_run_init(&run, cancellable, progress, progress_data);
    g_return_val_if_fail(self != NULL, NULL);
    g_mutex_lock(&self->lock);
    if (self->in_transaction) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_FAILED,
                    _("“%s” can be checked once its changes are committed"), self->path);
        done = FALSE;
    } else {
        done = verify(&report, &run, error);
    }
    g_mutex_unlock(&self->lock);
    if (!done)
        return NULL;
    g_ptr_array_add(problems, NULL);
    return (char **) g_ptr_array_steal(problems, NULL);
}
