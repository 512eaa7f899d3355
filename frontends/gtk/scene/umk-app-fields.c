/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Modality and label come with the collection; the others are read one by one. Texts and
 * captions are one field, of words. */
#include "umk-app-fields.h"

#include "umk-app-modality.h"
#include "umk-app-notes.h"
#include "umk-app-titles.h"

#include <glib/gi18n.h>
#include <string.h>

struct _UmkAppFields {
    GObject parent_instance;
    UmkAppSource *source;
    UmkAppJob *reading;
    gboolean waiting;  /* to begin reading */
    GPtrArray *fields; /* UmkAppField */
};

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(UmkAppFields, umk_app_fields, G_TYPE_OBJECT)

static void
umk_app_fields_dispose(GObject *object)
{
    UmkAppFields *self = UMK_APP_FIELDS(object);

    umk_app_fields_stop(self);
    g_clear_object(&self->source);
    g_clear_pointer(&self->fields, g_ptr_array_unref);
    G_OBJECT_CLASS(umk_app_fields_parent_class)->dispose(object);
}

static void
umk_app_fields_class_init(UmkAppFieldsClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = umk_app_fields_dispose;
    signals[CHANGED] = g_signal_new("changed", UMK_APP_TYPE_FIELDS, G_SIGNAL_RUN_LAST, 0,
                                    NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static GPtrArray *
make_list(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify) umk_app_field_unref);
}

static void
umk_app_fields_init(UmkAppFields *self)
{
    self->fields = make_list();
}

UmkAppFields *
umk_app_fields_new(void)
{
    return g_object_new(UMK_APP_TYPE_FIELDS, NULL);
}

/* ---- reading, in a job ---------------------------------------------------------------
 */

static void
add_modalities(GPtrArray *list, UmkAppSource *source)
{
    gsize n = umk_app_source_get_n_items(source);
    const guint8 *of = umk_app_source_get_modalities(source);
    g_autofree gint32 *codes = g_new(gint32, n + 1);
    const char *names[UMK_N_MODALITIES];
    UmkAppField *field;

    for (gsize i = 0; i < n; i++)
        codes[i] = of[i];
    for (guint m = 0; m < UMK_N_MODALITIES; m++)
        names[m] = umk_app_modality_get_plural((UmkModality) m);
    field = umk_app_field_new_from_codes("modality", _("Modality"), codes, n, names,
                                         UMK_N_MODALITIES);
    g_ptr_array_add(list, field);
}

static void
add_labels(GPtrArray *list, UmkAppSource *source)
{
    if (umk_app_source_get_n_labels(source) > 0)
        g_ptr_array_add(list, umk_app_field_new_from_codes(
                                  "label", _("Label"), umk_app_source_get_labels(source),
                                  umk_app_source_get_n_items(source),
                                  umk_app_source_get_label_names(source),
                                  umk_app_source_get_n_labels(source)));
}

/* The words of what items are called and say. A caption is often the text itself. */
static void
add_words(GPtrArray *list, UmkCollection *collection, gsize n)
{
    g_auto(GStrv) captions = umk_collection_dup_column(collection, "caption", NULL);
    g_auto(GStrv) texts = umk_collection_dup_column(collection, "text", NULL);
    UmkAppField *field;

    if (captions == NULL || texts == NULL || g_strv_length(captions) < n ||
        g_strv_length(texts) < n) {
        char **either = captions != NULL ? captions : texts;

        if (either == NULL || g_strv_length(either) < n)
            return;
        field = umk_app_field_new_from_words("words", umk_app_title_of_field("words"),
                                             (const char *const *) either, n);
    } else {
        for (gsize i = 0; i < n; i++)
            if (strcmp(captions[i], texts[i]) != 0) {
                char *both = g_strconcat(captions[i], "\n", texts[i], NULL);

                g_free(captions[i]);
                captions[i] = both;
            }
        field = umk_app_field_new_from_words("words", umk_app_title_of_field("words"),
                                             (const char *const *) captions, n);
    }
    if (field != NULL)
        g_ptr_array_add(list, field);
}

/* When items came: by the day, for the second says nothing. */
static void
cut_to_days(char **times)
{
    for (gsize i = 0; times[i] != NULL; i++) {
        char *end = strchr(times[i], 'T');

        if (end != NULL)
            *end = '\0';
    }
}

static gpointer
read_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    static const char *const done[] = {
        "id",      "path", "modality",           "label", "frame",
        "caption", "text", UMK_APP_NOTES_COLUMN, NULL};
    UmkAppSource *source = data;
    g_autoptr(UmkCollection) collection = umk_app_source_open_again(source, error);
    g_autoptr(GPtrArray) list = make_list();
    g_autoptr(GPtrArray) words = make_list(); /* after those that are read at a glance */
    g_auto(GStrv) names =
        collection != NULL ? umk_collection_list_fields(collection, error) : NULL;
    gsize n = umk_app_source_get_n_items(source);

    if (names == NULL)
        return NULL;
    add_modalities(list, source);
    add_labels(list, source);
    for (gsize i = 0; names[i] != NULL; i++) {
        g_auto(GStrv) texts = NULL;
        UmkAppField *field;

        if (g_cancellable_set_error_if_cancelled(cancellable, error))
            return NULL;
        if (g_strv_contains(done, names[i]))
            continue;
        /* a field that no item has, or that went away since, is no failure */
        texts = umk_collection_dup_column(collection, names[i], NULL);
        if (texts == NULL || g_strv_length(texts) < n)
            continue;
        if (g_str_equal(names[i], "added"))
            cut_to_days(texts);
        field = umk_app_field_new(names[i], umk_app_title_of_field(names[i]),
                                  (const char *const *) texts, n);
        if (field != NULL)
            g_ptr_array_add(field->kind == UMK_APP_FIELD_WORD ? words : list, field);
    }
    add_words(words, collection, n);
    g_ptr_array_extend_and_steal(list, g_steal_pointer(&words));
    return g_steal_pointer(&list);
}

static void
read_done(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppFields *self = owner;

    if (job != self->reading) {
        g_clear_pointer((GPtrArray **) &result, g_ptr_array_unref);
        return;
    }
    g_clear_object(&self->reading);
    if (result != NULL) {
        g_ptr_array_unref(self->fields);
        self->fields = result;
    }
    g_signal_emit(self, signals[CHANGED], 0);
}

void
umk_app_fields_stop(UmkAppFields *self)
{
    self->waiting = FALSE;
    if (self->reading != NULL)
        umk_app_job_cancel(self->reading);
    g_clear_object(&self->reading);
}

void
umk_app_fields_begin(UmkAppFields *self)
{
    if (!self->waiting)
        return;
    self->waiting = FALSE;
    self->reading = umk_app_job_start(
        _("Reading the fields"), read_work, g_object_ref(self->source), g_object_unref,
        (GDestroyNotify) g_ptr_array_unref, read_done, G_OBJECT(self));
}

void
umk_app_fields_set_source(UmkAppFields *self, UmkAppSource *source, gboolean now)
{
    umk_app_fields_stop(self);
    g_set_object(&self->source, source);
    g_ptr_array_set_size(self->fields, 0);
    self->waiting = source != NULL;
    if (now)
        umk_app_fields_begin(self);
    g_signal_emit(self, signals[CHANGED], 0);
}

gboolean
umk_app_fields_is_reading(UmkAppFields *self)
{
    return self->waiting || self->reading != NULL;
}

guint
umk_app_fields_get_n(UmkAppFields *self)
{
    return self->fields->len;
}

UmkAppField *
umk_app_fields_get(UmkAppFields *self, guint position)
{
    return self->fields->pdata[position];
}

UmkAppField *
umk_app_fields_find(UmkAppFields *self, const char *name)
{
    for (guint i = 0; i < self->fields->len; i++)
        if (g_str_equal(((UmkAppField *) self->fields->pdata[i])->name, name))
            return self->fields->pdata[i];
    return NULL;
}

void
umk_app_fields_put(UmkAppFields *self, UmkAppField *field)
{
    UmkAppField *old = umk_app_fields_find(self, field->name);
    guint at = 0;

    umk_app_field_ref(field);
    if (old != NULL && g_ptr_array_find(self->fields, old, &at))
        g_ptr_array_remove_index(self->fields, at);
    else
        at = self->fields->len;
    g_ptr_array_insert(self->fields, (gint) at, field);
    g_signal_emit(self, signals[CHANGED], 0);
}
