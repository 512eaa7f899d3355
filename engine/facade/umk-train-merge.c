/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Merges model folders of one family: the mean of their weights (Wortsman et al. 2022,
 * "Model soups"), or a base plus the sum of what each has learnt beyond it (task
 * arithmetic, Ilharco et al. 2023). Every safetensors file is merged with those of the
 * same name in the other folders, tensor by tensor, in double, and written in its own
 * number type; everything else is copied from the first. Whole numbers and
 * configurations have to be the same. */
#include "facade/umk-output-folder-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-half-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-run-private.h"
#include "io/umk-json-private.h"
#include "io/umk-safetensors-private.h"

#include <umekomi/umekomi.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include <errno.h>
#include <math.h>
#include <string.h>

#define MAX_MODELS 64
#define MAX_DEPTH  3
#define CHUNK      8192

/* One file in one folder. */
typedef struct {
    GMappedFile *map;
    GPtrArray *tensors; /* UmkTensor */
    const guint8 *data; /* behind the header */
} Source;

typedef struct {
    GPtrArray *models; /* UmkModel: those to merge, then the base if there is one */
    guint n;           /* to merge */
    const double *weights;
    double *factors; /* (models): by which each one's tensors are multiplied */
    UmkRun *run;
    guint n_tensors;
} Merge;

static void
source_free(gpointer data)
{
    Source *self = data;

    g_clear_pointer(&self->map, g_mapped_file_unref);
    g_clear_pointer(&self->tensors, g_ptr_array_unref);
    g_free(self);
}

static const char *
get_path(const Merge *self, guint i)
{
    return umk_model_get_path(self->models->pdata[i]);
}

static Source *
open_source(const char *folder, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    Source *self = g_new0(Source, 1);
    const guint8 *data = NULL;
    gsize length;
    guint64 header;

    self->map = g_mapped_file_new(path, FALSE, error);
    if (self->map != NULL) {
        data = (const guint8 *) g_mapped_file_get_contents(self->map);
        length = g_mapped_file_get_length(self->map);
        self->tensors = _umk_safetensors_parse(data, length, error);
        if (self->tensors == NULL)
            g_prefix_error(error, "%s: ", path);
    }
    if (self->tensors == NULL) {
        source_free(self);
        return NULL;
    }
    memcpy(&header, data, sizeof header);
    self->data = data + sizeof header + GUINT64_FROM_LE(header);
    return self;
}

/* ---- one tensor -------------------------------------------------------------------- */

typedef struct {
    const Merge *merge;
    const UmkTensor **tensors; /* (models) */
    const guint8 **data;       /* (models) */
    guint8 *out;
    gsize item; /* bytes of a number */
    UmkDType dtype;
} Job;

static void
store(UmkDType dtype, double value, guint8 *out)
{
    float single = (float) value;
    guint32 bits;
    guint16 half;

    if (dtype == UMK_DTYPE_F64) {
        memcpy(out, &value, sizeof value);
    } else if (dtype == UMK_DTYPE_F32) {
        memcpy(out, &single, sizeof single);
    } else if (dtype == UMK_DTYPE_F16) {
        half = _umk_half_from_float(single);
        memcpy(out, &half, sizeof half);
    } else { /* bfloat16: to the nearest, ties to even */
        memcpy(&bits, &single, sizeof bits);
        bits += 0x7fffu + (bits >> 16 & 1u);
        half = (guint16) (bits >> 16);
        memcpy(out, &half, sizeof half);
    }
}

static void
merge_range(gsize begin, gsize end, guint worker, gpointer data)
{
    const Job *job = data;
    gsize n = end - begin;
    g_autofree double *sums = g_new0(double, n);
    g_autofree float *numbers = g_new(float, n);

    for (guint m = 0; m < job->merge->models->len; m++) {
        _umk_dtype_to_float(job->dtype, job->data[m] + begin * job->item, n, numbers);
        for (gsize i = 0; i < n; i++)
            sums[i] += job->merge->factors[m] * (double) numbers[i];
    }
    for (gsize i = 0; i < n; i++)
        store(job->dtype, sums[i], job->out + (begin + i) * job->item);
}

static const UmkTensor *
find_tensor(const Source *source, const char *name)
{
    for (guint i = 0; i < source->tensors->len; i++) {
        const UmkTensor *tensor = source->tensors->pdata[i];

        if (g_str_equal(tensor->name, name))
            return tensor;
    }
    return NULL;
}

static gboolean
check_tensor(const Merge *self,
             const UmkTensor *first,
             const UmkTensor *other,
             guint which,
             GError **error)
{
    g_autofree char *a = _umk_shape_to_string(first->shape, first->n_axes);
    g_autofree char *b = NULL;

    if (other == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("%s has the tensor “%s”, %s has not"), get_path(self, 0),
                    first->name, get_path(self, which));
        return FALSE;
    }
    b = _umk_shape_to_string(other->shape, other->n_axes);
    if (g_str_equal(a, b) && first->dtype == other->dtype &&
        g_str_equal(first->dtype_name, other->dtype_name))
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                _("The tensor “%s” is %s %s in %s and %s %s in %s"), first->name,
                first->dtype_name, a, get_path(self, 0), other->dtype_name, b,
                get_path(self, which));
    return FALSE;
}

static gboolean
merge_tensor(
    Merge *self, GPtrArray *sources, const UmkTensor *tensor, guint8 *out, GError **error)
{
    g_autofree const UmkTensor **tensors = g_new0(const UmkTensor *, sources->len);
    g_autofree const guint8 **data = g_new0(const guint8 *, sources->len);
    Job job = {self, tensors, data, out, 0, tensor->dtype};

    for (guint m = 0; m < sources->len; m++) {
        const Source *source = sources->pdata[m];

        tensors[m] = m == 0 ? tensor : find_tensor(source, tensor->name);
        if (!check_tensor(self, tensor, tensors[m], m, error))
            return FALSE;
        data[m] = source->data + tensors[m]->begin;
    }
    if (tensor->dtype == UMK_DTYPE_F32 || tensor->dtype == UMK_DTYPE_F64 ||
        tensor->dtype == UMK_DTYPE_F16 || tensor->dtype == UMK_DTYPE_BF16) {
        job.item = tensor->n_elements > 0 ? tensor->size / tensor->n_elements : 1;
        _umk_parallel_for(tensor->n_elements, CHUNK, merge_range, &job);
        self->n_tensors++;
        return TRUE;
    }
    for (guint m = 1; m < sources->len; m++) {
        if (memcmp(data[0], data[m], tensor->size) == 0)
            continue;
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("The tensor “%s” holds %s numbers, which have no mean, and differs "
                      "between %s and %s"),
                    tensor->name, tensor->dtype_name, get_path(self, 0),
                    get_path(self, m));
        return FALSE;
    }
    memcpy(out, data[0], tensor->size);
    return TRUE;
}

/* ---- files ------------------------------------------------------------------------- */

/* The same number of tensors everywhere, so that none is left over in another folder. */
static gboolean
check_counts(const Merge *self, GPtrArray *sources, GError **error)
{
    const Source *first = sources->pdata[0];

    for (guint m = 1; m < sources->len; m++) {
        const Source *other = sources->pdata[m];

        for (guint i = 0; i < other->tensors->len; i++) {
            const UmkTensor *tensor = other->tensors->pdata[i];

            if (find_tensor(first, tensor->name) != NULL)
                continue;
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("%s has the tensor “%s”, %s has not"), get_path(self, m),
                        tensor->name, get_path(self, 0));
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
merge_weights(Merge *self, const char *name, const char *target, GError **error)
{
    g_autoptr(GPtrArray) sources = g_ptr_array_new_with_free_func(source_free);
    g_autofree guint8 *out = NULL;
    const Source *first;
    gsize length;

    for (guint m = 0; m < self->models->len; m++) {
        Source *source = open_source(get_path(self, m), name, error);

        if (source == NULL)
            return FALSE;
        g_ptr_array_add(sources, source);
    }
    first = sources->pdata[0];
    length = g_mapped_file_get_length(first->map);
    if (!check_counts(self, sources, error) ||
        !(out = _umk_alloc(length, 1, _("A merged file"), error)))
        return FALSE;
    memcpy(out, g_mapped_file_get_contents(first->map), length);
    for (guint i = 0; i < first->tensors->len; i++) {
        const UmkTensor *tensor = first->tensors->pdata[i];
        gsize at = (gsize) (first->data -
                            (const guint8 *) g_mapped_file_get_contents(first->map)) +
                   tensor->begin;

        if (!umk_run_check(self->run, error) ||
            !merge_tensor(self, sources, tensor, out + at, error))
            return FALSE;
        umk_run_report(self->run, _("Merging"),
                       (double) i / (double) first->tensors->len);
    }
    return g_file_set_contents(target, (const char *) out, (gssize) length, error);
}

/* Keys that say where a model came from, not what it is. */
static gboolean
is_idle_key(const char *key)
{
    static const char *const idle[] = {"_name_or_path", "transformers_version",
                                       "torch_dtype",   "dtype",
                                       "name",          "version",
                                       "license",       NULL};

    return g_strv_contains(idle, key);
}

static gboolean
compare_keys(const Merge *self,
             guint which,
             const char *file,
             JsonObject *a,
             JsonObject *b,
             gboolean backwards,
             GError **error)
{
    g_autoptr(GList) keys = json_object_get_members(a);

    for (GList *l = keys; l != NULL; l = l->next) {
        JsonNode *x = json_object_get_member(a, l->data);
        JsonNode *y = json_object_get_member(b, l->data);
        g_autofree char *left = NULL, *right = NULL;

        if (is_idle_key(l->data) || (y != NULL && json_node_equal(x, y)))
            continue;
        left = json_to_string(x, FALSE);
        right = y != NULL ? json_to_string(y, FALSE) : g_strdup(_("nothing"));
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
            _("The models are of different families: “%s” of %s is %s in %s and %s "
              "in %s"),
            (const char *) l->data, file, backwards ? right : left, get_path(self, 0),
            backwards ? left : right, get_path(self, which));
        return FALSE;
    }
    return TRUE;
}

static gboolean
check_config(const Merge *self, const char *name, GError **error)
{
    g_autofree char *first_path = g_build_filename(get_path(self, 0), name, NULL);
    g_autofree char *first_text = NULL;
    g_autoptr(JsonParser) first = NULL;
    JsonObject *first_root;
    gsize length;

    if (!g_file_get_contents(first_path, &first_text, &length, error))
        return FALSE;
    first = _umk_json_parse(first_text, length, &first_root, error);
    for (guint m = 1; first != NULL && m < self->models->len; m++) {
        g_autofree char *path = g_build_filename(get_path(self, m), name, NULL);
        g_autofree char *text = NULL;
        g_autoptr(JsonParser) other = NULL;
        JsonObject *root;

        if (!g_file_get_contents(path, &text, &length, error))
            return FALSE;
        other = _umk_json_parse(text, length, &root, error);
        if (other == NULL) {
            g_prefix_error(error, "%s: ", path);
            return FALSE;
        }
        if (!compare_keys(self, m, name, first_root, root, FALSE, error) ||
            !compare_keys(self, m, name, root, first_root, TRUE, error))
            return FALSE;
    }
    return first != NULL;
}

/* Tokenizers have to agree, or equal rows would stand for different pieces. */
static gboolean
check_same(const Merge *self, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(get_path(self, 0), name, NULL);
    g_autoptr(GMappedFile) first = g_mapped_file_new(path, FALSE, error);

    for (guint m = 1; first != NULL && m < self->models->len; m++) {
        g_autofree char *other_path = g_build_filename(get_path(self, m), name, NULL);
        g_autoptr(GMappedFile) other = g_mapped_file_new(other_path, FALSE, error);

        if (other == NULL)
            return FALSE;
        if (g_mapped_file_get_length(first) == g_mapped_file_get_length(other) &&
            memcmp(g_mapped_file_get_contents(first), g_mapped_file_get_contents(other),
                   g_mapped_file_get_length(first)) == 0)
            continue;
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The models have different tokenizers: %s is not as in %s"),
                    other_path, path);
        return FALSE;
    }
    return first != NULL;
}

static gboolean
is_tokenizer(const char *name)
{
    g_autofree char *base = g_path_get_basename(name);

    return g_str_equal(base, "tokenizer.json") || g_str_equal(base, "vocab.txt") ||
           g_str_equal(base, "merges.txt") || g_str_has_suffix(base, ".model");
}

static gboolean
merge_file(Merge *self, const char *name, const char *output, GError **error)
{
    g_autofree char *source = g_build_filename(get_path(self, 0), name, NULL);
    g_autofree char *target = g_build_filename(output, name, NULL);
    g_autofree char *base = g_path_get_basename(name);
    g_autoptr(GFile) from = g_file_new_for_path(source);
    g_autoptr(GFile) to = g_file_new_for_path(target);

    if (g_str_has_suffix(name, ".safetensors"))
        return merge_weights(self, name, target, error);
    /* they belong to the weights they were made for */
    if (g_str_has_prefix(base, "umekomi-meter-") ||
        g_str_equal(base, "umekomi-quantization.json"))
        return TRUE;
    if ((g_str_equal(base, "config.json") && !check_config(self, name, error)) ||
        (is_tokenizer(name) && !check_same(self, name, error)))
        return FALSE;
    if (g_ascii_strcasecmp(base, "README.md") == 0)
        return TRUE;
    return g_file_copy(from, to, G_FILE_COPY_TARGET_DEFAULT_PERMS, NULL, NULL, NULL,
                       error);
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static gboolean
merge_folder(
    Merge *self, const char *name, const char *output, guint depth, GError **error)
{
    g_autofree char *source = g_build_filename(get_path(self, 0), name, NULL);
    g_autoptr(GDir) dir = g_dir_open(source, 0, error);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *entry;

    if (dir == NULL)
        return FALSE;
    while ((entry = g_dir_read_name(dir)) != NULL)
        g_ptr_array_add(names, *name == '\0' ? g_strdup(entry)
                                             : g_build_filename(name, entry, NULL));
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path =
            g_build_filename(get_path(self, 0), names->pdata[i], NULL);
        g_autofree char *target = g_build_filename(output, names->pdata[i], NULL);

        if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
            if (!merge_file(self, names->pdata[i], output, error))
                return FALSE;
        } else if (depth < MAX_DEPTH) {
            if (g_mkdir(target, 0777) != 0) {
                g_set_error(error, G_FILE_ERROR, (gint) g_file_error_from_errno(errno),
                            "%s: %s", target, g_strerror(errno));
                return FALSE;
            }
            if (!merge_folder(self, names->pdata[i], output, depth + 1, error))
                return FALSE;
        }
    }
    return TRUE;
}

/* ---- the card ---------------------------------------------------------------------- */

static gboolean
describe(const Merge *self, JsonBuilder *builder, guint i, double weight, GError **error)
{
    UmkModel *model = self->models->pdata[i];
    g_autofree char *digest = umk_model_dup_digest(model, error);

    if (digest == NULL)
        return FALSE;
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "name");
    json_builder_add_string_value(builder, umk_model_get_id(model));
    json_builder_set_member_name(builder, "license");
    json_builder_add_string_value(builder, umk_model_get_license(model));
    json_builder_set_member_name(builder, "sha256");
    json_builder_add_string_value(builder, digest);
    if (i < self->n) {
        json_builder_set_member_name(builder, "weight");
        json_builder_add_double_value(builder, weight);
    }
    json_builder_end_object(builder);
    return TRUE;
}

static char *
make_report(const Merge *self, GError **error)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;
    gboolean has_base = self->models->len > self->n;

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "format");
    json_builder_add_string_value(builder, "umekomi-merge/1");
    json_builder_set_member_name(builder, "umekomi");
    json_builder_add_string_value(builder, umk_get_version());
    json_builder_set_member_name(builder, "method");
    json_builder_add_string_value(builder, has_base ? "task-arithmetic" : "mean");
    json_builder_set_member_name(builder, "n_tensors");
    json_builder_add_int_value(builder, self->n_tensors);
    json_builder_set_member_name(builder, "models");
    json_builder_begin_array(builder);
    for (guint i = 0; i < self->n; i++)
        if (!describe(self, builder, i, self->weights[i], error))
            return NULL;
    json_builder_end_array(builder);
    if (has_base) {
        json_builder_set_member_name(builder, "base");
        if (!describe(self, builder, self->n, 0.0, error))
            return NULL;
    }
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_to_string(root, TRUE);
}

static gboolean
write_card(const Merge *self, const char *folder, const char *report, GError **error)
{
    g_autofree char *json = g_build_filename(folder, "umekomi-merge.json", NULL);
    g_autofree char *readme = g_build_filename(folder, "README.md", NULL);
    g_autoptr(GString) text = g_string_new("# A merged model\n\n");
    gboolean has_base = self->models->len > self->n;

    g_string_append(
        text, has_base ? "A base plus the weighted sum of what each model has learnt "
                         "beyond it (task arithmetic):\n\n"
                       : "The weighted mean of the weights of these models:\n\n");
    for (guint i = 0; i < self->models->len; i++) {
        UmkModel *model = self->models->pdata[i];
        g_autofree char *digest = umk_model_dup_digest(model, error);
        char weight[G_ASCII_DTOSTR_BUF_SIZE] = "base";
        const char *license = umk_model_get_license(model);

        if (digest == NULL)
            return FALSE;
        if (i < self->n)
            g_ascii_formatd(weight, sizeof weight, "%g", self->weights[i]);
        g_string_append_printf(text, "- %s × `%s`, licence %s, SHA-256 `%s`\n", weight,
                               umk_model_get_id(model),
                               *license != '\0' ? license : "not stated", digest);
    }
    g_string_append(text,
                    "\nThe merge was not evaluated; it inherits the licences of all "
                    "its sources. `umekomi-merge.json` says the same for "
                    "programs.\n");
    return g_file_set_contents(json, report, -1, error) &&
           g_file_set_contents(readme, text->str, -1, error);
}

/* A bundle says its name and space itself; those of the merge are its own, because its
 * vectors are not those of any source. */
static gboolean
rename_bundle(const char *folder, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "umekomi-model.json", NULL);
    g_autofree char *text = NULL, *changed = NULL;
    g_autoptr(JsonNode) root = NULL;
    JsonObject *object;

    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return TRUE;
    if (!g_file_get_contents(path, &text, NULL, error) ||
        (root = json_from_string(text, error)) == NULL)
        return FALSE;
    object = json_node_get_object(root);
    json_object_set_string_member(object, "name", name);
    json_object_set_string_member(object, "space", name);
    changed = json_to_string(root, TRUE);
    return g_file_set_contents(path, changed, -1, error);
}

/* ---- the whole --------------------------------------------------------------------- */

static gboolean
load_models(Merge *self,
            UmkRegistry *registry,
            const char *const *names,
            const char *base,
            GError **error)
{
    for (guint i = 0; i <= self->n; i++) {
        const char *name = i < self->n ? names[i] : base;
        UmkModel *model;

        if (name == NULL)
            break;
        model = umk_model_load(registry, name, NULL, self->run->cancellable, error);
        if (model == NULL)
            return FALSE;
        g_ptr_array_add(self->models, model);
        if (umk_model_get_path(model) == NULL ||
            !g_file_test(umk_model_get_path(model), G_FILE_TEST_IS_DIR)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                        _("“%s” is no model folder, so it has no weights to merge"),
                        name);
            return FALSE;
        }
    }
    return TRUE;
}

/* A mean has weights that add up to 1; what is added to a base need not. */
static gboolean
set_factors(Merge *self, gboolean has_base, GError **error)
{
    double sum = 0.0;

    self->factors = g_new0(double, self->n + 1);
    for (guint i = 0; i < self->n; i++) {
        self->factors[i] = self->weights[i];
        sum += self->weights[i];
    }
    if (has_base)
        self->factors[self->n] = 1.0 - sum;
    if (isfinite(sum) && (has_base || fabs(sum - 1.0) < 1e-6))
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                _("The weights of a mean add up to 1; these to %g"), sum);
    return FALSE;
}

static char *
merge(Merge *self, const char *folder, GError **error)
{
    g_auto(UmkOutputFolder) output = {0};
    g_autofree char *report = NULL, *name = g_path_get_basename(folder);

    if (!_umk_output_folder_begin(&output, folder, error) ||
        !merge_folder(self, "", output.partial, 0, error) ||
        !rename_bundle(output.partial, name, error))
        return NULL;
    if (self->n_tensors == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("%s has no safetensors weights to merge"), get_path(self, 0));
        return NULL;
    }
    report = make_report(self, error);
    return report != NULL && write_card(self, output.partial, report, error) &&
                   _umk_output_folder_finish(&output, error)
               ? g_steal_pointer(&report)
               : NULL;
}

/**
 * umk_train_merge:
 * @registry: a registry
 * @models: (array zero-terminated=1): two or more model folders, or names of models, of
 *   one family
 * @weights: (nullable) (array): one for each of @models; %NULL: an equal share each, or 1
 *   with a @base
 * @base: (nullable): what the models were fine-tuned from; adds to it the weighted
 *   differences (task arithmetic) instead of taking a mean
 * @folder: (type filename): where to write; nothing may be there yet
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call) (closure progress_data): told how far it is
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Merges the weights of models that have the same configuration, tokenizer and tensors,
 * and says what differs where they have not. The folder is complete: tokenizer,
 * configuration, weights and a card with the digests of its sources.
 *
 * Returns: (transfer full): the card as a JSON object
 */
char *
umk_train_merge(UmkRegistry *registry,
                const char *const *models,
                const double *weights,
                const char *base,
                const char *folder,
                GCancellable *cancellable,
                UmkProgressFunc progress,
                gpointer progress_data,
                GError **error)
{
    g_auto(UmkRun) run = {0};
    g_autoptr(GPtrArray) loaded =
        g_ptr_array_new_with_free_func((GDestroyNotify) umk_model_unref);
    g_autofree double *equal = NULL;
    Merge self = {loaded, 0, weights, NULL, &run, 0};
    char *report = NULL;

    g_return_val_if_fail(registry != NULL && models != NULL && folder != NULL, NULL);
    self.n = g_strv_length((char **) models);
    if (self.n < (base != NULL ? 1u : 2u) || self.n > MAX_MODELS) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("Two to %d models can be merged; %u were given"), MAX_MODELS,
                    self.n);
        return NULL;
    }
    _umk_run_init(&run, cancellable, progress, progress_data);
    if (weights == NULL) {
        equal = g_new(double, self.n);
        for (guint i = 0; i < self.n; i++)
            equal[i] = base != NULL ? 1.0 : 1.0 / (double) self.n;
        self.weights = equal;
    }
    if (set_factors(&self, base != NULL, error) &&
        load_models(&self, registry, models, base, error))
        report = merge(&self, folder, error);
    g_free(self.factors);
    return report;
}
