/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The search for the maps that must stay f32. Maps of one kind (names that differ in
 * numbers only) go together: each kind is tried alone in f32, and the kinds that help
 * most are kept until the bar holds. Everything is deterministic: fixed items, ties by
 * name. Networks are black boxes here; the names come from loading. */
#include "facade/umk-quantize-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include <umekomi/umk-error.h>

#include "facade/umk-calibration-private.h"
#include "io/umk-json-private.h"
#include "nn/umk-tensors-private.h"

#define LEAST_MEAN 0.999
#define LEAST      0.995
#define MAX_REPORT ((goffset) 16 << 20)

/* One search under way. */
typedef struct {
    const UmkEmbedderOps *ops;
    const char *folder;
    UmkParams *params;
    UmkItems *items;
    float *reference; /* (n_items, n_dims) */
    gsize n_dims;
    UmkRun *run;
} Search;

typedef struct {
    double mean;
    double least;
} Cosines;

/* Maps of one kind. */
typedef struct {
    char *name;
    GPtrArray *layers;
    double gain;
} Kind;

void
_umk_quantization_clear(UmkQuantization *self)
{
    g_clear_pointer(&self->f32_layers, g_ptr_array_unref);
    g_clear_pointer(&self->names, g_hash_table_unref);
}

UmkParams *
_umk_quantization_params(UmkParams *params,
                         const char *precision,
                         const char *f32_layers,
                         GError **error)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_params_get_specs(params, &n_specs);
    g_autoptr(UmkParams) copy = umk_params_new(specs, n_specs);

    for (gsize i = 0; i < n_specs; i++) {
        const char *name = specs[i].name;
        char number[G_ASCII_DTOSTR_BUF_SIZE];
        const char *value;

        if (!umk_params_is_set(params, name))
            continue;
        if (specs[i].type == UMK_PARAM_STRING || specs[i].type == UMK_PARAM_CHOICE)
            value = umk_params_get_string(params, name);
        else if (specs[i].type == UMK_PARAM_BOOL)
            value = umk_params_get_bool(params, name) ? "true" : "false";
        else if (specs[i].type == UMK_PARAM_INT)
            value = g_ascii_dtostr(number, sizeof number,
                                   (double) umk_params_get_int(params, name));
        else
            value = g_ascii_dtostr(number, sizeof number,
                                   umk_params_get_double(params, name));
        if (value != NULL && !umk_params_set(copy, name, value, error))
            return NULL;
    }
    if (!umk_params_set(copy, "precision", precision, error) ||
        !umk_params_set(copy, "f32-layers", f32_layers, error))
        return NULL;
    return g_steal_pointer(&copy);
}

/* The vectors of all items, one after another so that the least memory is used. */
static float *
embed_items(Search *self, gpointer model, gsize n_dims, GError **error)
{
    gsize n = umk_items_get_n_items(self->items);
    g_autofree float *out = g_new0(float, MAX(n * n_dims, 1));
    gpointer session = self->ops->session_new(model, error);

    if (session == NULL)
        return NULL;
    for (gsize i = 0; i < n; i++) {
        UmkItem *item = umk_items_get(self->items, i);

        if (!umk_run_check(self->run, error) ||
            !self->ops->session_embed(session, &item, 1, out + i * n_dims, n_dims,
                                      self->run, error)) {
            self->ops->session_free(session);
            return NULL;
        }
    }
    self->ops->session_free(session);
    return g_steal_pointer(&out);
}

/* Loads the tower with other options and gives the vectors; names may be NULL. */
static float *
try_layers(Search *self,
           const char *precision,
           const char *f32_layers,
           GHashTable *names,
           GError **error)
{
    g_autoptr(UmkParams) params =
        _umk_quantization_params(self->params, precision, f32_layers, error);
    gpointer model;
    float *vectors;

    if (params == NULL)
        return NULL;
    _umk_tensors_record(names);
    model = self->ops->model_load(self->folder, params, self->run, error);
    _umk_tensors_record(NULL);
    if (model == NULL)
        return NULL;
    self->n_dims = self->ops->model_n_dims(model);
    vectors = embed_items(self, model, self->n_dims, error);
    self->ops->model_free(model);
    return vectors;
}

static double
cosine(const float *x, const float *y, gsize n)
{
    double xy = 0, xx = 0, yy = 0;

    for (gsize i = 0; i < n; i++) {
        xy += (double) x[i] * (double) y[i];
        xx += (double) x[i] * (double) x[i];
        yy += (double) y[i] * (double) y[i];
    }
    if (xx == 0 && yy == 0)
        return 1;
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0;
}

static gboolean
measure(Search *self,
        const char *f32_layers,
        GHashTable *names,
        Cosines *cosines,
        GError **error)
{
    gsize n = umk_items_get_n_items(self->items);
    g_autofree float *vectors = try_layers(self, "int8", f32_layers, names, error);

    if (vectors == NULL)
        return FALSE;
    cosines->mean = 0;
    cosines->least = 1;
    for (gsize i = 0; i < n; i++) {
        double c = cosine(vectors + i * self->n_dims, self->reference + i * self->n_dims,
                          self->n_dims);

        cosines->mean += c / (double) n;
        cosines->least = MIN(cosines->least, c);
    }
    return TRUE;
}

static gboolean
is_good(const Cosines *cosines)
{
    return cosines->mean >= LEAST_MEAN && cosines->least >= LEAST;
}

/* Digits to '#'. */
static char *
kind_name(const char *layer)
{
    GString *name = g_string_new(NULL);

    for (const char *at = layer; *at != '\0'; at++) {
        if (!g_ascii_isdigit(*at))
            g_string_append_c(name, *at);
        else if (name->len == 0 || name->str[name->len - 1] != '#')
            g_string_append_c(name, '#');
    }
    return g_string_free(name, FALSE);
}

static void
kind_free(gpointer data)
{
    Kind *kind = data;

    g_free(kind->name);
    g_ptr_array_unref(kind->layers);
    g_free(kind);
}

static gint
compare_strings(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static gint
compare_kinds(gconstpointer a, gconstpointer b)
{
    const Kind *x = *(Kind *const *) a, *y = *(Kind *const *) b;

    if (x->gain != y->gain)
        return x->gain > y->gain ? -1 : 1;
    return strcmp(x->name, y->name);
}

static GPtrArray *
list_kinds(GHashTable *names)
{
    GPtrArray *kinds = g_ptr_array_new_with_free_func(kind_free);
    g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);
    GHashTableIter iter;
    gpointer layer;

    g_hash_table_iter_init(&iter, names);
    while (g_hash_table_iter_next(&iter, &layer, NULL)) {
        g_autofree char *name = kind_name(layer);
        Kind *kind = g_hash_table_lookup(by_name, name);

        if (kind == NULL) {
            kind = g_new0(Kind, 1);
            kind->name = g_steal_pointer(&name);
            kind->layers = g_ptr_array_new();
            g_hash_table_insert(by_name, kind->name, kind);
            g_ptr_array_add(kinds, kind);
        }
        g_ptr_array_add(kind->layers, layer);
    }
    for (guint i = 0; i < kinds->len; i++)
        g_ptr_array_sort(((Kind *) kinds->pdata[i])->layers, compare_strings);
    return kinds;
}

static char *
join(const GPtrArray *layers, gconstpointer except)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < layers->len; i++)
        if (layers->pdata[i] != except)
            g_string_append_printf(text, "%s%s", text->len > 0 ? "," : "",
                                   (const char *) layers->pdata[i]);
    return g_string_free(text, FALSE);
}

char *
_umk_quantization_join(const UmkQuantization *self)
{
    return join(self->f32_layers, NULL);
}

/* Of the kind that was added last only as many maps as the bar needs, found by halving:
 * where fewer would do in another order, model quantize finds them. */
static gboolean
trim_kind(
    Search *search, UmkQuantization *self, guint n_last, Cosines *cosines, GError **error)
{
    guint begin = self->f32_layers->len - n_last, enough = n_last, few = 0;
    g_autoptr(GPtrArray) part = g_ptr_array_new();

    while (enough - few > 1) {
        guint n = (few + enough) / 2;
        g_autofree char *layers = NULL;
        Cosines here;

        g_ptr_array_set_size(part, 0);
        for (guint i = 0; i < begin + n; i++)
            g_ptr_array_add(part, self->f32_layers->pdata[i]);
        layers = join(part, NULL);
        if (!measure(search, layers, NULL, &here, error))
            return FALSE;
        if (is_good(&here)) {
            *cosines = here;
            enough = n;
        } else {
            few = n;
        }
    }
    g_ptr_array_set_size(self->f32_layers, (gint) (begin + enough));
    return TRUE;
}

/* Adds kind after kind, the most helpful first, until the bar holds. */
static gboolean
add_kinds(Search *search, UmkQuantization *self, Cosines *cosines, GError **error)
{
    g_autoptr(GPtrArray) kinds = list_kinds(self->names);
    double before = cosines->mean;

    for (guint i = 0; i < kinds->len; i++) {
        Kind *kind = kinds->pdata[i];
        g_autofree char *layers = join(kind->layers, NULL);
        Cosines alone;

        umk_run_report(search->run, _("Quantising"), 0.1 + 0.4 * i / kinds->len);
        if (!measure(search, layers, NULL, &alone, error))
            return FALSE;
        kind->gain = alone.mean - before;
    }
    g_ptr_array_sort(kinds, compare_kinds);
    for (guint i = 0; i < kinds->len && !is_good(cosines); i++) {
        const Kind *kind = kinds->pdata[i];
        g_autofree char *layers = NULL;

        for (guint l = 0; l < kind->layers->len; l++)
            g_ptr_array_add(self->f32_layers, g_strdup(kind->layers->pdata[l]));
        layers = _umk_quantization_join(self);
        umk_run_report(search->run, _("Quantising"), 0.5 + 0.2 * i / kinds->len);
        if (!measure(search, layers, NULL, cosines, error) ||
            (is_good(cosines) &&
             !trim_kind(search, self, kind->layers->len, cosines, error)))
            return FALSE;
    }
    g_ptr_array_sort(self->f32_layers, compare_strings);
    return TRUE;
}

/* Maps that can be int8 after all, tried in the order of their names. */
static gboolean
remove_layers(Search *search, UmkQuantization *self, Cosines *cosines, GError **error)
{
    guint n = self->f32_layers->len, tried = 0;

    for (guint i = 0; i < self->f32_layers->len; tried++) {
        g_autofree char *layers = join(self->f32_layers, self->f32_layers->pdata[i]);
        Cosines without;

        umk_run_report(search->run, _("Quantising"), 0.7 + 0.3 * tried / n);
        if (!measure(search, layers, NULL, &without, error))
            return FALSE;
        if (is_good(&without)) {
            *cosines = without;
            g_ptr_array_remove_index(self->f32_layers, i);
        } else {
            i++;
        }
    }
    return TRUE;
}

static gboolean
search_layers(Search *search, UmkQuantization *self, gboolean thorough, GError **error)
{
    Cosines cosines;

    search->reference = try_layers(search, "f32", "", NULL, error);
    if (search->reference == NULL || !measure(search, "", self->names, &cosines, error))
        return FALSE;
    if (!is_good(&cosines) && (!add_kinds(search, self, &cosines, error) ||
                               (thorough && is_good(&cosines) &&
                                !remove_layers(search, self, &cosines, error))))
        return FALSE;
    self->cosine_mean = cosines.mean;
    self->cosine_min = cosines.least;
    return TRUE;
}

gboolean
_umk_quantization_find(UmkQuantization *self,
                       const UmkEmbedderOps *ops,
                       const char *folder,
                       UmkParams *params,
                       gboolean thorough,
                       UmkRun *run,
                       GError **error)
{
    Search search = {.ops = ops, .folder = folder, .params = params, .run = run};
    gboolean done = TRUE;

    self->f32_layers = g_ptr_array_new_with_free_func(g_free);
    self->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->cosine_mean = self->cosine_min = 1;
    search.items = _umk_calibration_items(ops->modality);
    if (search.items != NULL) {
        done = search_layers(&search, self, thorough, error);
        umk_items_unref(search.items);
    }
    g_free(search.reference);
    return done;
}

char *
_umk_quantization_parse(const char *data, gsize length, GError **error)
{
    g_autoptr(GString) layers = g_string_new(NULL);
    g_autoptr(JsonParser) parser = NULL;
    JsonObject *root;
    JsonArray *array;

    parser = _umk_json_parse(data, length, &root, error);
    if (parser == NULL || !_umk_json_get_array(root, "f32_layers", &array, error))
        return NULL;
    for (guint i = 0; array != NULL && i < json_array_get_length(array); i++) {
        JsonNode *node = json_array_get_element(array, i);

        if (!JSON_NODE_HOLDS_VALUE(node) ||
            json_node_get_value_type(node) != G_TYPE_STRING) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("“f32_layers” holds something that is not a name"));
            return NULL;
        }
        g_string_append_printf(layers, "%s%s", layers->len > 0 ? "," : "",
                               json_node_get_string(node));
    }
    return g_string_free(g_steal_pointer(&layers), FALSE);
}

char *
_umk_quantization_read(const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, UMK_QUANTIZATION_FILE, NULL);
    g_autofree char *data = NULL;
    char *layers;
    GStatBuf info;
    gsize length;

    if (g_stat(path, &info) != 0)
        return NULL;
    if (info.st_size > MAX_REPORT) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("%s is larger than such a file can be"), path);
        return NULL;
    }
    if (!g_file_get_contents(path, &data, &length, error))
        return NULL;
    layers = _umk_quantization_parse(data, length, error);
    if (layers == NULL)
        g_prefix_error(error, "%s: ", path);
    return layers;
}
