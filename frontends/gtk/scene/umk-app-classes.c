/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gives colours to modalities, labels and fields. Of categories those with most items get
 * a colour of their own, in that order; the rest share one, items without any another. An
 * amount's scale leaves out the utmost hundredths, so that a few do not pale the rest. */
#include "umk-app-classes.h"

#include "umk-app-modality.h"
#include "umk-app-palette.h"
#include "umk-app-titles.h"

#include <glib/gi18n.h>

#include <math.h>
#include <string.h>

static void
class_clear(gpointer data)
{
    UmkAppClass *class = data;

    g_free(class->name);
}

UmkAppClasses *
umk_app_classes_new(const char *key, gsize n_rows)
{
    UmkAppClasses *self = g_new0(UmkAppClasses, 1);

    g_atomic_ref_count_init(&self->references);
    self->key = g_strdup(key);
    self->classes = g_array_new(FALSE, FALSE, sizeof(UmkAppClass));
    g_array_set_clear_func(self->classes, class_clear);
    self->colour_of_row = g_new0(guint8, n_rows + 1);
    return self;
}

UmkAppClasses *
umk_app_classes_ref(UmkAppClasses *self)
{
    g_atomic_ref_count_inc(&self->references);
    return self;
}

void
umk_app_classes_unref(UmkAppClasses *self)
{
    if (self == NULL || !g_atomic_ref_count_dec(&self->references))
        return;
    g_free(self->key);
    g_free(self->title);
    g_array_unref(self->classes);
    g_free(self->colour_of_row);
    g_free(self);
}

void
umk_app_classes_add(
    UmkAppClasses *self, char *name, gsize n_items, guint colour, guint shape)
{
    UmkAppClass class = {name, n_items, (guint8) colour, (guint8) shape};

    g_array_append_val(self->classes, class);
}

UmkAppClasses *
umk_app_classes_new_by_modality(UmkAppSource *source)
{
    gsize n = umk_app_source_get_n_items(source);
    UmkAppClasses *self = umk_app_classes_new("modality", n);

    if (n > 0)
        memcpy(self->colour_of_row, umk_app_source_get_modalities(source), n);
    for (guint m = 0; m < UMK_N_MODALITIES; m++) {
        gsize count = umk_app_source_get_n_modality(source, (UmkModality) m);

        if (count > 0)
            umk_app_classes_add(self,
                                g_strdup(umk_app_modality_get_plural((UmkModality) m)),
                                count, m, m % UMK_APP_N_SHAPES);
    }
    return self;
}

typedef struct {
    gsize n_items;
    guint label;
} Count;

static int
compare_counts(gconstpointer a, gconstpointer b)
{
    const Count *x = a, *y = b;

    if (x->n_items != y->n_items)
        return x->n_items > y->n_items ? -1 : 1;
    return x->label < y->label ? -1 : 1;
}

UmkAppClasses *
umk_app_classes_new_by_label(UmkAppSource *source)
{
    gsize n = umk_app_source_get_n_items(source), others = 0, none = 0;
    guint n_labels = umk_app_source_get_n_labels(source);
    const gint32 *labels = umk_app_source_get_labels(source);
    const char *const *names = umk_app_source_get_label_names(source);
    g_autofree Count *counts = g_new0(Count, n_labels + 1);
    g_autofree guint8 *colours = g_new(guint8, n_labels + 1);
    UmkAppClasses *self = umk_app_classes_new("label", n);

    for (guint l = 0; l < n_labels; l++)
        counts[l].label = l;
    for (gsize i = 0; i < n; i++) {
        if (labels[i] >= 0 && (guint) labels[i] < n_labels)
            counts[labels[i]].n_items++;
        else
            none++;
    }
    qsort(counts, n_labels, sizeof *counts, compare_counts);
    for (guint l = 0; l < n_labels; l++) {
        guint colour = l < UMK_APP_OTHERS ? l : UMK_APP_OTHERS;

        colours[counts[l].label] = (guint8) colour;
        if (l < UMK_APP_OTHERS)
            umk_app_classes_add(self, umk_app_text_tidy(names[counts[l].label], 60),
                                counts[l].n_items, colour, UMK_APP_SHAPE_DISC);
        else
            others += counts[l].n_items;
    }
    if (others > 0)
        umk_app_classes_add(self, g_strdup(_("Other labels")), others, UMK_APP_OTHERS,
                            UMK_APP_SHAPE_DISC);
    if (none > 0)
        umk_app_classes_add(self, g_strdup(_("Without a label")), none, UMK_APP_NO_LABEL,
                            UMK_APP_SHAPE_DISC);
    for (gsize i = 0; i < n; i++)
        self->colour_of_row[i] = labels[i] >= 0 && (guint) labels[i] < n_labels
                                     ? colours[labels[i]]
                                     : UMK_APP_NO_LABEL;
    return self;
}

/* ---- fields --------------------------------------------------------------------------
 */

static void
colour_categories(UmkAppClasses *self, UmkAppField *field)
{
    guint own = MIN(field->n_groups, UMK_APP_N_CATEGORIES);
    gsize others = 0;

    for (guint g = 0; g < field->n_groups; g++) {
        if (g < own)
            umk_app_classes_add(self, umk_app_field_dup_shown(field, g), field->counts[g],
                                g, UMK_APP_SHAPE_DISC);
        else
            others += field->counts[g];
    }
    if (others > 0)
        umk_app_classes_add(self, g_strdup(_("Others")), others, UMK_APP_OTHERS,
                            UMK_APP_SHAPE_DISC);
    for (gsize i = 0; i < field->n_rows; i++)
        self->colour_of_row[i] = field->group[i] == UMK_APP_NO_GROUP ? UMK_APP_NO_LABEL
                                 : field->group[i] < own ? (guint8) field->group[i]
                                                         : (guint8) UMK_APP_OTHERS;
}

static int
compare_floats(gconstpointer a, gconstpointer b)
{
    float x = *(const float *) a, y = *(const float *) b;

    return x < y ? -1 : x > y;
}

/* The hundredth and the ninety-ninth hundredth, of an even sample. */
static void
find_ends(UmkAppClasses *self, UmkAppField *field)
{
    gsize stride = field->n_rows / 100000 + 1, n = 0;
    g_autofree float *sample = g_new(float, field->n_rows / stride + 2);

    for (gsize i = 0; i < field->n_rows; i += stride)
        if (isfinite(field->values[i]))
            sample[n++] = field->values[i];
    qsort(sample, n, sizeof *sample, compare_floats);
    self->low = field->low;
    self->high = field->high;
    if (n < 200)
        return;
    if (sample[n / 100] < sample[n - 1 - n / 100]) {
        self->low = (double) sample[n / 100];
        self->high = (double) sample[n - 1 - n / 100];
    }
    self->below = self->low > field->low;
    self->above = self->high < field->high;
}

/* Five of the scale's colours stand for it where only classes can be listed. */
static void
name_steps(UmkAppClasses *self, const gsize *counts)
{
    for (guint part = 5; part-- > 0;) {
        guint from = part * UMK_APP_N_SCALE / 5, to = (part + 1) * UMK_APP_N_SCALE / 5;
        double width = (self->high - self->low) / UMK_APP_N_SCALE;
        gsize n = 0;

        for (guint s = from; s < to; s++)
            n += counts[s];
        umk_app_classes_add(
            self,
            /* Translators: two numbers, the ends of a range */
            umk_app_text_set_minus(g_strdup_printf(
                _("%.4g to %.4g"), self->low + from * width, self->low + to * width)),
            n, UMK_APP_SCALE + (from + to) / 2, UMK_APP_SHAPE_DISC);
    }
}

static void
colour_amounts(UmkAppClasses *self, UmkAppField *field)
{
    gsize counts[UMK_APP_N_SCALE] = {0};

    self->is_scale = TRUE;
    find_ends(self, field);
    for (gsize i = 0; i < field->n_rows; i++) {
        double at = ((double) field->values[i] - self->low) / (self->high - self->low);
        guint step;

        self->colour_of_row[i] = UMK_APP_NO_LABEL;
        if (isnan(at))
            continue;
        step = (guint) CLAMP(at * UMK_APP_N_SCALE, 0, UMK_APP_N_SCALE - 1.0);
        counts[step]++;
        self->colour_of_row[i] = (guint8) (UMK_APP_SCALE + step);
    }
    name_steps(self, counts);
}

UmkAppClasses *
umk_app_classes_new_by_field(UmkAppField *field)
{
    UmkAppClasses *self;

    g_return_val_if_fail(field->group != NULL, NULL);
    self = umk_app_classes_new(field->name, field->n_rows);
    self->title = g_strdup(field->title);
    if (field->kind == UMK_APP_FIELD_NUMBER)
        colour_amounts(self, field);
    else
        colour_categories(self, field);
    if (field->n_missing > 0)
        umk_app_classes_add(self, g_strdup(_("No value")), field->n_missing,
                            UMK_APP_NO_LABEL, UMK_APP_SHAPE_DISC);
    return self;
}
