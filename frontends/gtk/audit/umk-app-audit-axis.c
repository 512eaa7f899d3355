/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lets the engine score every item, then makes of the scores what the map can show. The
 * ramp is full at the score that two of a hundred items exceed, so that a few extreme
 * ones do not make all others pale. */
#include "umk-app-audit-axis.h"

#include "umk-app-palette.h"
#include "umk-app-titles.h"

#include <glib/gi18n.h>

#include <math.h>

#define FULL_AT 0.98
#define HEIGHT  0.45f /* of the points, of half their width */

/* Scores by row of the collection; NaN: not among the joined vectors. */
typedef struct {
    gsize n;
    double *of_row;
} Scores;

static void
scores_clear(Scores *scores)
{
    g_free(scores->of_row);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Scores, scores_clear)

void
umk_app_audit_axis_free(UmkAppAuditAxis *self)
{
    if (self == NULL)
        return;
    g_free(self->a);
    g_free(self->b);
    umk_app_layout_unref(self->layout);
    umk_app_classes_unref(self->classes);
    g_free(self);
}

/* ---- scores --------------------------------------------------------------------------
 */

static gboolean
find_scores(const UmkAppAuditRequest *request,
            Scores *scores,
            GCancellable *cancellable,
            GError **error)
{
    g_autoptr(UmkAuditSpec) spec = umk_audit_spec_new();
    g_autoptr(UmkAuditSource) source = NULL;
    g_autoptr(UmkMatrix) matrix = NULL;
    g_autoptr(GBytes) rows = NULL;
    g_autofree char *a = NULL, *b = NULL;
    const guint64 *of;

    if (!umk_app_audit_request_add_set(request, 2, spec, &a, error) ||
        !umk_app_audit_request_add_set(request, 3, spec, &b, error))
        return FALSE;
    source = umk_app_audit_request_get_source(request, cancellable, error);
    if (source == NULL)
        return FALSE;
    matrix = umk_audit_score_axis(spec, source, a, b, &rows, cancellable, error);
    if (matrix == NULL)
        return FALSE;
    scores->n = umk_app_source_get_n_items(request->source);
    scores->of_row = g_new(double, scores->n + 1);
    for (gsize i = 0; i < scores->n; i++)
        scores->of_row[i] = NAN;
    of = g_bytes_get_data(rows, NULL);
    for (gsize i = 0; i < umk_matrix_get_n_rows(matrix); i++)
        if (of[i] < scores->n)
            scores->of_row[of[i]] = (double) *umk_matrix_get_row(matrix, i, NULL);
    return TRUE;
}

/* ---- places --------------------------------------------------------------------------
 */

/* Across, all scores fill the width; up, the plain map's places fill the height. */
static gboolean
place(UmkAppAuditAxis *self, UmkAppSource *source, const Scores *scores, GError **error)
{
    const UmkAppPoints *plain = umk_app_source_get_layout(source)->points;
    g_autofree guint64 *rows = g_new(guint64, plain->n_points + 1);
    g_autoptr(GBytes) of_point = NULL;
    g_autoptr(UmkMatrix) places = NULL;
    g_autofree float *coords = g_new(float, 2 * plain->n_points + 1);
    double low = INFINITY, high = -INFINITY, middle, half;
    float up = plain->bounds[3] > 0 ? HEIGHT / plain->bounds[3] : 1;

    for (gsize i = 0; i < plain->n_points; i++) {
        double score = scores->of_row[plain->row[i]];

        low = fmin(low, score);
        high = fmax(high, score);
    }
    middle = high >= low ? (low + high) / 2 : 0;
    half = high > low ? (high - low) / 2 : 1;
    for (gsize i = 0; i < plain->n_points; i++) {
        double x, y, z;

        umk_app_points_get(plain, i, &x, &y, &z);
        coords[2 * i] = (float) ((scores->of_row[plain->row[i]] - middle) / half);
        coords[2 * i + 1] = (float) y * up;
        rows[i] = plain->row[i];
    }
    places = umk_matrix_new_from_data(plain->n_points, 2, coords, error);
    if (places == NULL)
        return FALSE;
    of_point = g_bytes_new(rows, plain->n_points * sizeof *rows);
    self->layout =
        umk_app_layout_new("audit", _("Axis of the audit"), places, of_point, scores->n);
    self->layout->zero = high > low ? -middle / half : 0;
    self->layout->left = g_strdup(self->b);
    self->layout->right = g_strdup(self->a);
    return TRUE;
}

/* ---- colours -------------------------------------------------------------------------
 */

static int
compare(gconstpointer a, gconstpointer b)
{
    double x = *(const double *) a, y = *(const double *) b;

    return x < y ? -1 : x > y;
}

static double
find_full(const Scores *scores)
{
    g_autofree double *sizes = g_new(double, scores->n + 1);
    gsize n = 0;

    for (gsize i = 0; i < scores->n; i++)
        if (!isnan(scores->of_row[i]))
            sizes[n++] = fabs(scores->of_row[i]);
    qsort(sizes, n, sizeof *sizes, compare);
    return n > 0 ? sizes[(gsize) ((double) (n - 1) * FULL_AT)] : 0;
}

static guint
find_step(double score, double full)
{
    double at = full > 0 ? (score / full + 1) / 2 * UMK_APP_N_RAMP : UMK_APP_N_RAMP / 2.0;

    return (guint) CLAMP(at, 0, UMK_APP_N_RAMP - 1);
}

static char *
name_step(guint step, double full)
{
    double low = full * (2.0 * step / UMK_APP_N_RAMP - 1);
    double high = full * (2.0 * (step + 1) / UMK_APP_N_RAMP - 1);

    if (step == 0)
        return umk_app_text_set_minus(g_strdup_printf(_("below %.2f"), high));
    if (step == UMK_APP_N_RAMP - 1)
        return umk_app_text_set_minus(g_strdup_printf(_("above %.2f"), low));
    return umk_app_text_set_minus(g_strdup_printf(_("%.2f to %.2f"), low, high));
}

static void
colour(UmkAppAuditAxis *self, const Scores *scores)
{
    double full = find_full(scores);
    gsize counts[UMK_APP_N_RAMP] = {0}, others = 0;

    self->classes = umk_app_classes_new("axis", scores->n);
    /* Translators: the names of two sets, then of the one the score is larger for */
    self->classes->title =
        g_strdup_printf(_("Mean cosine to “%s” less that to “%s”: above 0 leans to “%s”"),
                        self->a, self->b, self->a);
    for (gsize i = 0; i < scores->n; i++) {
        guint step;

        self->classes->colour_of_row[i] = UMK_APP_NO_LABEL;
        if (isnan(scores->of_row[i])) {
            others++;
            continue;
        }
        step = find_step(scores->of_row[i], full);
        counts[step]++;
        self->classes->colour_of_row[i] = (guint8) (UMK_APP_RAMP + step);
    }
    for (guint s = UMK_APP_N_RAMP; s-- > 0;)
        umk_app_classes_add(self->classes, name_step(s, full), counts[s],
                            UMK_APP_RAMP + s, UMK_APP_SHAPE_DISC);
    if (others > 0)
        umk_app_classes_add(self->classes, g_strdup(_("Not on the axis")), others,
                            UMK_APP_NO_LABEL, UMK_APP_SHAPE_DISC);
}

/* ---- job -----------------------------------------------------------------------------
 */

static gpointer
find_in_thread(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const UmkAppAuditRequest *request = data;
    g_autoptr(UmkAppAuditAxis) self = g_new0(UmkAppAuditAxis, 1);
    g_auto(Scores) scores = {0};

    if (!find_scores(request, &scores, cancellable, error))
        return NULL;
    self->a = g_strdup(request->sets[2].title);
    self->b = g_strdup(request->sets[3].title);
    if (!place(self, request->source, &scores, error))
        return NULL;
    colour(self, &scores);
    return g_steal_pointer(&self);
}

UmkAppJob *
umk_app_audit_axis_find(UmkAppAuditRequest *request, UmkAppJobDone done, GObject *owner)
{
    return umk_app_job_start(_("Finding the axis"), find_in_thread, request,
                             (GDestroyNotify) umk_app_audit_request_free,
                             (GDestroyNotify) umk_app_audit_axis_free, done, owner);
}
