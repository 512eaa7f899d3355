/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the items that a set asks for to vectors: rows of the source by name, or what a
 * model makes of them. Nothing is dropped without being named. */
#include "facade/umk-audit-private.h"

#include <umekomi/umk-collection.h>
#include <umekomi/umk-error.h>
#include <umekomi/umk-filter.h>
#include <umekomi/umk-item.h>
#include <umekomi/umk-matrix.h>
#include <umekomi/umk-model.h>
#include <umekomi/umk-search.h>
#include <umekomi/umk-space.h>

#include "facade/umk-kinds-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

struct _UmkAuditLookup {
    UmkAuditSpec *spec;
    UmkAuditSource *source;
    GHashTable *exact;  /* name -> row + 1; "modality/name" likewise */
    GHashTable *folded; /* built when something is missing */
    UmkModel *model;    /* of texts, loaded when it is needed */
    gboolean no_model;  /* looked for, and there is none that fits */
    gboolean misfit;    /* there is one, and the space does not take its vectors */
};

void
_umk_audit_found_free(UmkAuditFound *found)
{
    g_strfreev(found->asked);
    g_ptr_array_unref(found->names);
    g_array_unref(found->rows);
    g_array_unref(found->places);
    g_array_unref(found->modalities);
    g_array_unref(found->values);
    g_clear_pointer(&found->vectors, umk_matrix_unref);
    g_ptr_array_unref(found->missing);
    g_ptr_array_unref(found->duplicates);
    g_ptr_array_unref(found->matched);
    g_free(found->digest);
    g_free(found);
}

static UmkAuditFound *
new_found(const UmkAuditSet *set)
{
    UmkAuditFound *found = g_new0(UmkAuditFound, 1);

    found->set = set;
    found->names = g_ptr_array_new_with_free_func(g_free);
    found->rows = g_array_new(FALSE, FALSE, sizeof(guint64));
    found->places = g_array_new(FALSE, FALSE, sizeof(guint));
    found->modalities = g_array_new(FALSE, FALSE, sizeof(UmkModality));
    found->values = g_array_new(FALSE, FALSE, sizeof(double));
    found->missing = g_ptr_array_new_with_free_func(g_free);
    found->duplicates = g_ptr_array_new_with_free_func(g_free);
    found->matched = g_ptr_array_new_with_free_func(g_free);
    return found;
}

/* ---- names to rows ---------------------------------------------------------------- */

static char *
fold(const char *name)
{
    g_autofree char *composed = g_utf8_normalize(name, -1, G_NORMALIZE_NFC);

    return composed != NULL ? g_utf8_strdown(composed, -1) : g_strdup(name);
}

/* The first row of a name keeps it; it is also entered by its modality. Takes name. */
static void
enter(UmkAuditLookup *self, GHashTable *table, char *name, gsize row)
{
    const UmkModality *modalities = self->source->modalities;
    const char *modality =
        umk_modality_get_name(modalities != NULL ? modalities[row] : UMK_MODALITY_TEXT);
    char *special = g_strconcat(modality, "/", name, NULL);

    if (!g_hash_table_contains(table, special))
        g_hash_table_insert(table, special, GSIZE_TO_POINTER(row + 1));
    else
        g_free(special);
    if (!g_hash_table_contains(table, name))
        g_hash_table_insert(table, name, GSIZE_TO_POINTER(row + 1));
    else
        g_free(name);
}

static void
enter_column(UmkAuditLookup *self, GHashTable *table, const char *column, gboolean folded)
{
    g_auto(GStrv) all = umk_collection_dup_column(self->source->collection, column, NULL);
    gsize n = umk_matrix_get_n_rows(self->source->vectors);
    const guint64 *rows = g_bytes_get_data(self->source->rows, NULL);
    gboolean is_path = strcmp(column, "path") == 0;

    for (gsize i = 0; all != NULL && i < n; i++) {
        g_autofree char *name =
            is_path ? g_path_get_basename(all[rows[i]]) : g_strdup(all[rows[i]]);

        if (all[rows[i]][0] != '\0')
            enter(self, table, folded ? fold(name) : g_strdup(name), i);
    }
}

static GHashTable *
make_table(UmkAuditLookup *self, gboolean folded)
{
    static const char *const columns[] = {"id", "text", "caption", "path"};
    GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    gsize n =
        self->source->vectors != NULL ? umk_matrix_get_n_rows(self->source->vectors) : 0;

    if (self->source->collection != NULL) {
        for (gsize i = 0; i < G_N_ELEMENTS(columns); i++)
            enter_column(self, table, columns[i], folded);
        return table;
    }
    for (gsize i = 0; i < n; i++)
        enter(self, table,
              folded ? fold(self->source->names[i]) : g_strdup(self->source->names[i]),
              i);
    return table;
}

UmkAuditLookup *
_umk_audit_lookup_new(UmkAuditSpec *spec, UmkAuditSource *source)
{
    UmkAuditLookup *self = g_new0(UmkAuditLookup, 1);

    self->spec = umk_audit_spec_ref(spec);
    self->source = umk_audit_source_ref(source);
    self->exact = make_table(self, FALSE);
    return self;
}

void
_umk_audit_lookup_free(UmkAuditLookup *self)
{
    umk_audit_spec_unref(self->spec);
    umk_audit_source_unref(self->source);
    g_hash_table_unref(self->exact);
    g_clear_pointer(&self->folded, g_hash_table_unref);
    g_clear_pointer(&self->model, umk_model_unref);
    g_free(self);
}

static gboolean
look_up(GHashTable *table, const char *modality, const char *name, gsize *row)
{
    g_autofree char *key =
        modality != NULL ? g_strconcat(modality, "/", name, NULL) : g_strdup(name);
    gpointer value = g_hash_table_lookup(table, key);

    *row = GPOINTER_TO_SIZE(value) - 1;
    return value != NULL;
}

static gboolean
find_row(UmkAuditLookup *self, UmkAuditFound *found, const char *name, gsize *row)
{
    const char *modality = found->set->modality;
    g_autofree char *folded = NULL;

    if (look_up(self->exact, modality, name, row))
        return TRUE;
    if (self->source->vectors == NULL)
        return FALSE;
    if (self->folded == NULL)
        self->folded = make_table(self, TRUE);
    folded = fold(name);
    if (!look_up(self->folded, modality, folded, row))
        return FALSE;
    g_ptr_array_add(found->matched, g_strdup(name));
    g_ptr_array_add(found->matched, g_strdup(self->source->names[*row]));
    return TRUE;
}

/* ---- embedding -------------------------------------------------------------------- */

/* Whether the space takes what a model makes: tried with one vector. */
static gboolean
is_joined(UmkAuditLookup *self, UmkModel *model)
{
    g_autofree float *zeros = g_new0(float, umk_model_get_n_dims(model) + 1);
    g_autoptr(UmkMatrix) one =
        umk_matrix_new_from_data(1, umk_model_get_n_dims(model), zeros, NULL);
    g_autoptr(UmkMatrix) mapped =
        one != NULL ? umk_space_map(umk_collection_get_space(self->source->collection),
                                    umk_model_get_frame(model), one, NULL)
                    : NULL;

    return mapped != NULL;
}

static UmkModel *
get_model(UmkAuditLookup *self, GCancellable *cancellable)
{
    if (self->source->model != NULL)
        return self->source->model;
    if (self->source->collection == NULL || self->no_model)
        return NULL;
    if (self->model == NULL)
        self->model =
            umk_collection_load_model(self->source->collection, self->source->registry,
                                      UMK_MODALITY_TEXT, cancellable, NULL);
    if (self->model != NULL && !is_joined(self, self->model)) {
        g_clear_pointer(&self->model, umk_model_unref);
        self->misfit = TRUE;
    }
    self->no_model = self->model == NULL;
    return self->model;
}

UmkMatrix *
_umk_audit_lookup_embed(UmkAuditLookup *self,
                        UmkItems *items,
                        GPtrArray *failures,
                        GCancellable *cancellable,
                        GError **error)
{
    UmkModel *model = get_model(self, cancellable);
    g_autoptr(UmkMatrix) own = NULL;

    if (model == NULL)
        return NULL;
    own = umk_model_embed_each(model, items, failures, cancellable, NULL, NULL, error);
    if (own == NULL || self->source->collection == NULL)
        return g_steal_pointer(&own);
    return umk_space_map(umk_collection_get_space(self->source->collection),
                         umk_model_get_frame(model), own, error);
}

/* The names of a picture, a sound or a node are not what they show: they are no texts to
 * embed in its place. */
static gboolean
is_of_names(const UmkAuditSet *set)
{
    return !set->files && set->modality != NULL &&
           strcmp(set->modality, umk_modality_get_name(UMK_MODALITY_TEXT)) != 0;
}

/* The sentence for a set's words, or NULL when they stand alone. */
static const char *
get_template(UmkAuditLookup *self, const UmkAuditSet *set)
{
    UmkAuditSpec *specs[] = {self->spec, _umk_audit_spec_get_library(self->spec, NULL)};

    if (!self->spec->options.sentences || set->files || is_of_names(set))
        return NULL;
    if (set->template != NULL)
        return set->template;
    for (gsize i = 0; i < G_N_ELEMENTS(specs); i++) {
        JsonObject *all = specs[i] != NULL && specs[i]->templates != NULL
                              ? json_node_get_object(specs[i]->templates)
                              : NULL;

        if (all != NULL && set->language != NULL &&
            json_object_has_member(all, set->language))
            return json_object_get_string_member(all, set->language);
    }
    return NULL;
}

static char *
fill(const char *template, const char *word)
{
    const char *mark = template != NULL ? strstr(template, "%s") : NULL;

    return mark != NULL ? g_strdup_printf("%.*s%s%s", (int) (mark - template), template,
                                          word, mark + 2)
                        : g_strdup(word);
}

static UmkItem *
make_item(UmkAuditLookup *self, const UmkAuditSet *set, const char *name)
{
    g_autofree char *text = NULL, *path = NULL;
    UmkModality modality = UMK_MODALITY_TEXT;
    const UmkKind *kind;

    if (!set->files) {
        text = fill(get_template(self, set), name);
        return umk_item_new_for_text(text);
    }
    path = g_path_is_absolute(name) || self->spec->folder == NULL
               ? g_strdup(name)
               : g_build_filename(self->spec->folder, name, NULL);
    kind = _umk_kind_of(path);
    if (set->modality != NULL)
        umk_modality_from_name(set->modality, &modality);
    else if (kind != NULL)
        modality = kind->modality;
    return umk_item_new_for_file(modality, path);
}

/* ---- one set ---------------------------------------------------------------------- */

/* What is gathered of a set before its vectors are. */
typedef struct {
    GPtrArray *asked;    /* distinct names */
    GArray *places;      /* guint: of each among the items of the set */
    GArray *rows;        /* guint64: of each; UMK_AUDIT_NO_ROW: to be embedded */
    GPtrArray *embedded; /* float *, one for each asked; NULL: none */
} Gathering;

static void
gathering_clear(Gathering *self)
{
    g_ptr_array_unref(self->asked);
    g_array_unref(self->places);
    g_array_unref(self->rows);
    g_ptr_array_unref(self->embedded);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Gathering, gathering_clear)

static void
gather_names(UmkAuditLookup *self, UmkAuditFound *found, Gathering *gathering)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) taken = g_hash_table_new(g_direct_hash, g_direct_equal);
    const UmkAuditSet *set = found->set;
    gboolean embed =
        set->files || (get_template(self, set) != NULL && get_model(self, NULL) != NULL);

    for (guint i = 0; set->items[i] != NULL; i++) {
        guint64 entry = UMK_AUDIT_NO_ROW;
        gsize row;

        if (!g_hash_table_add(seen, set->items[i])) {
            g_ptr_array_add(found->duplicates, g_strdup(set->items[i]));
            continue;
        }
        if (!embed && find_row(self, found, set->items[i], &row)) {
            entry = row;
            if (!g_hash_table_add(taken, GSIZE_TO_POINTER(row + 1))) {
                g_ptr_array_add(found->duplicates, g_strdup(set->items[i]));
                continue;
            }
        }
        g_ptr_array_add(gathering->asked, g_strdup(set->items[i]));
        g_array_append_val(gathering->places, i);
        g_array_append_val(gathering->rows, entry);
    }
}

/* Items of a collection for which a condition holds. */
static gboolean
gather_matches(UmkAuditLookup *self,
               UmkAuditFound *found,
               Gathering *gathering,
               GCancellable *cancellable,
               GError **error)
{
    UmkAuditSource *source = self->source;
    g_autoptr(UmkFilter) filter = umk_filter_new(found->set->where, error);
    g_autoptr(GBytes) matches = NULL;
    const guint64 *rows;
    const guint8 *holds;
    gsize n;

    if (filter == NULL)
        return FALSE;
    if (source->collection == NULL) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                            _("a condition (“where”) needs a collection"));
        return FALSE;
    }
    matches = umk_collection_match(source->collection, filter, cancellable, error);
    if (matches == NULL)
        return FALSE;
    holds = g_bytes_get_data(matches, NULL);
    n = umk_matrix_get_n_rows(source->vectors);
    rows = g_bytes_get_data(source->rows, NULL);
    for (guint64 i = 0; i < n; i++) {
        UmkModality modality = source->modalities[i];
        guint place = (guint) i;

        if (!holds[rows[i]] ||
            (found->set->modality != NULL &&
             strcmp(found->set->modality, umk_modality_get_name(modality)) != 0))
            continue;
        g_ptr_array_add(gathering->asked, g_strdup(source->names[i]));
        g_array_append_val(gathering->places, place);
        g_array_append_val(gathering->rows, i);
    }
    return TRUE;
}

static gboolean
embed_rest(UmkAuditLookup *self,
           UmkAuditFound *found,
           Gathering *gathering,
           GCancellable *cancellable,
           GError **error)
{
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(GPtrArray) failures = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(UmkMatrix) vectors = NULL;
    g_autoptr(GError) inner = NULL;
    gsize at = 0;

    for (guint i = 0; i < gathering->asked->len; i++)
        if (g_array_index(gathering->rows, guint64, i) == UMK_AUDIT_NO_ROW) {
            g_autoptr(UmkItem) item =
                make_item(self, found->set, gathering->asked->pdata[i]);

            umk_items_append(items, item);
        }
    g_ptr_array_set_size(gathering->embedded, (int) gathering->asked->len);
    if (umk_items_get_n_items(items) == 0 || is_of_names(found->set))
        return TRUE;
    vectors = _umk_audit_lookup_embed(self, items, failures, cancellable, &inner);
    if (inner != NULL) {
        g_propagate_error(error, g_steal_pointer(&inner));
        return FALSE;
    }
    found->no_model = vectors == NULL && self->source->collection != NULL;
    found->misfit = found->no_model && self->misfit;
    for (guint i = 0; vectors != NULL && i < gathering->asked->len; i++) {
        if (g_array_index(gathering->rows, guint64, i) != UMK_AUDIT_NO_ROW)
            continue;
        if (failures->pdata[at] == NULL)
            gathering->embedded->pdata[i] =
                g_memdup2(umk_matrix_get_row(vectors, at, NULL),
                          umk_matrix_get_n_cols(vectors) * sizeof(float));
        at++;
    }
    return TRUE;
}

static UmkModality
modality_of(UmkAuditLookup *self, const UmkAuditSet *set, guint64 row, const char *name)
{
    UmkModality modality = UMK_MODALITY_TEXT;
    const UmkKind *kind;

    if (row != UMK_AUDIT_NO_ROW)
        return self->source->modalities != NULL ? self->source->modalities[row]
                                                : UMK_MODALITY_TEXT;
    if (!set->files)
        return UMK_MODALITY_TEXT;
    kind = _umk_kind_of(name);
    if (set->modality != NULL)
        umk_modality_from_name(set->modality, &modality);
    else if (kind != NULL)
        modality = kind->modality;
    return modality;
}

static void
take_item(UmkAuditLookup *self,
          UmkAuditFound *found,
          const Gathering *gathering,
          guint i,
          gsize d,
          GByteArray *data)
{
    guint64 row = g_array_index(gathering->rows, guint64, i);
    const char *name = gathering->asked->pdata[i];
    const float *vector = gathering->embedded->pdata[i];
    UmkModality modality;

    if (row != UMK_AUDIT_NO_ROW)
        vector = umk_matrix_get_row(self->source->vectors, row, NULL);
    if (vector == NULL) {
        g_ptr_array_add(found->missing, g_strdup(name));
        return;
    }
    modality = modality_of(self, found->set, row, name);
    g_byte_array_append(data, (const guint8 *) vector, (guint) (d * sizeof(float)));
    g_ptr_array_add(found->names, g_strdup(name));
    g_array_append_val(found->rows, row);
    g_array_append_val(found->places, g_array_index(gathering->places, guint, i));
    g_array_append_val(found->modalities, modality);
    found->n_embedded += row == UMK_AUDIT_NO_ROW;
    if (found->set->values != NULL)
        g_array_append_val(
            found->values,
            found->set->values[g_array_index(gathering->places, guint, i)]);
}

/* Of what was asked for, so that two audits can tell whether they asked the same. */
static char *
digest_of(const UmkAuditFound *found)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);

    for (gsize i = 0; found->asked[i] != NULL; i++)
        g_checksum_update(checksum, (const guchar *) found->asked[i],
                          (gssize) strlen(found->asked[i]) + 1);
    return g_strconcat("sha256:", g_checksum_get_string(checksum), NULL);
}

static gboolean
collect(UmkAuditLookup *self, UmkAuditFound *found, Gathering *gathering, GError **error)
{
    g_autoptr(GByteArray) data = g_byte_array_new();
    g_autoptr(GBytes) bytes = NULL;
    gsize d = self->source->vectors != NULL ? umk_matrix_get_n_cols(self->source->vectors)
                                            : umk_model_get_n_dims(self->source->model);

    for (guint i = 0; i < gathering->asked->len; i++)
        take_item(self, found, gathering, i, d, data);
    g_ptr_array_add(gathering->asked, NULL);
    found->asked = g_strdupv((char **) gathering->asked->pdata);
    found->digest = digest_of(found);
    found->in_sentences = found->n_embedded > 0 && get_template(self, found->set) != NULL;
    if (found->names->len == 0)
        return TRUE;
    bytes = g_byte_array_free_to_bytes(g_steal_pointer(&data));
    found->vectors = umk_matrix_new_from_bytes(found->names->len, d, bytes, error);
    return found->vectors != NULL;
}

UmkAuditFound *
_umk_audit_lookup_find(UmkAuditLookup *self,
                       const UmkAuditSet *set,
                       UmkRun *run,
                       GError **error)
{
    g_auto(Gathering) gathering = {.asked = g_ptr_array_new_with_free_func(g_free),
                                   .places = g_array_new(FALSE, FALSE, sizeof(guint)),
                                   .rows = g_array_new(FALSE, FALSE, sizeof(guint64)),
                                   .embedded = g_ptr_array_new_with_free_func(g_free)};
    UmkAuditFound *found = new_found(set);

    if (set->where == NULL)
        gather_names(self, found, &gathering);
    if ((set->where != NULL &&
         !gather_matches(self, found, &gathering, run->cancellable, error)) ||
        !embed_rest(self, found, &gathering, run->cancellable, error) ||
        !collect(self, found, &gathering, error)) {
        g_prefix_error(error, _("The set “%s”: "), set->id);
        _umk_audit_found_free(found);
        return NULL;
    }
    return found;
}
