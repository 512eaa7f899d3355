/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a model is sound: its files are those that were added, its numbers are numbers,
 * each tower gives vectors, and they are those its author measured, if the folder says
 * so:
 *
 *   reference/reference.json  {"texts": [{"text": …}], "pictures": ["a.png"], "clips":
 *                             [{"file": "a.wav"}]}, each part optional, beside
 *   reference/texts.npy, pictures.npy, clips.npy   one row an item
 *
 * or, for texts only, texts.jsonl ({"text": …} a line) beside embedding_l2.npy. Rows are
 * compared after both sides are scaled to length 1. */
#include "core/umk-run-private.h"
#include "facade/umk-model-files-private.h"
#include "hub/umk-digests-private.h"
#include "hub/umk-model-record-private.h"
#include "io/umk-json-private.h"

#include <inttypes.h>

#include <umekomi/umk-error.h>
#include <umekomi/umk-item.h>
#include <umekomi/umk-matrix.h>
#include <umekomi/umk-model-info.h>
#include <umekomi/umk-model.h>
#include <umekomi/umk-vectors.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define LEAST_COSINE   0.99999
#define LEAST_DECODED  0.9999 /* of pictures and sounds, whose decoders differ */
#define BLOCK          4096   /* numbers looked at together */
#define MAX_REFERENCES 4096

typedef struct {
    UmkModel *model;
    UmkRun *run;
    JsonBuilder *out;
    GError *stopped; /* cancelled: nothing more is done */
} Check;

G_GNUC_PRINTF(5, 6)
static void
report(Check *self,
       const char *check,
       const char *subject,
       gboolean good,
       const char *format,
       ...)
{
    g_autofree char *detail = NULL;
    va_list args;

    va_start(args, format);
    detail = g_strdup_vprintf(format, args);
    va_end(args);
    json_builder_begin_object(self->out);
    json_builder_set_member_name(self->out, "check");
    json_builder_add_string_value(self->out, check);
    json_builder_set_member_name(self->out, "subject");
    json_builder_add_string_value(self->out, subject);
    json_builder_set_member_name(self->out, "ok");
    json_builder_add_boolean_value(self->out, good);
    json_builder_set_member_name(self->out, "detail");
    json_builder_add_string_value(self->out, detail);
    json_builder_end_object(self->out);
}

/* A failure that is no cancelling goes into the report; takes the error. */
static void
report_error(Check *self, const char *check, const char *subject, GError *error)
{
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        self->stopped = error;
        return;
    }
    report(self, check, subject, FALSE, "%s", error->message);
    g_error_free(error);
}

/* ---- digests ------------------------------------------------------------------------
 */

static void
check_against(Check *self, const char *folder, GPtrArray *files)
{
    guint n_bad = 0;

    for (guint i = 0; i < files->len && self->stopped == NULL; i++) {
        const UmkFileDigest *file = files->pdata[i];
        g_autofree char *path = g_file_test(folder, G_FILE_TEST_IS_DIR)
                                    ? g_build_filename(folder, file->name, NULL)
                                    : g_strdup(folder); /* a model of one file */
        g_autofree char *digest = NULL;
        GError *error = NULL;

        umk_run_report(self->run, file->name, (double) i / files->len);
        digest = _umk_digest_of_file(path, file->kind, self->run, &error);
        if (digest == NULL) {
            report_error(self, "digests", file->name, error);
            n_bad++;
        } else if (g_ascii_strcasecmp(digest, file->digest) != 0) {
            report(self, "digests", file->name, FALSE,
                   _("the file has changed: its digest is %s, %s was noted"), digest,
                   file->digest);
            n_bad++;
        }
    }
    if (n_bad == 0 && self->stopped == NULL)
        report(self, "digests", "", TRUE, _("%u files are as they were added"),
               files->len);
}

/* Files of the Hugging Face cache are links to blobs named by their digest. */
static GPtrArray *
digests_of_links(const char *folder)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(_umk_file_digest_free);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autofree char *target = g_file_read_link(path, NULL);
        const char *blob = target ? strrchr(target, G_DIR_SEPARATOR) : NULL;
        gsize length = blob ? strspn(blob + 1, "0123456789abcdef") : 0;

        if (blob == NULL || blob[1 + length] != '\0' || strstr(target, "blobs") == NULL)
            continue;
        if (length == 64 || length == 40)
            g_ptr_array_add(files,
                            _umk_file_digest_new(name, -1,
                                                 length == 64 ? UMK_DIGEST_SHA256
                                                              : UMK_DIGEST_GIT_SHA1,
                                                 blob + 1));
    }
    return files->len > 0 ? g_steal_pointer(&files) : NULL;
}

static void
check_digests(Check *self)
{
    const char *path = umk_model_get_path(self->model);
    g_autofree char *name = path ? g_path_get_basename(path) : NULL;
    g_autoptr(UmkModelRecord) record = NULL;
    g_autoptr(GPtrArray) links = NULL;
    GError *error = NULL;

    if (path == NULL)
        return;
    record = _umk_model_record_read(name, &error);
    if (error != NULL) {
        report_error(self, "digests", name, error);
        return;
    }
    links = record ? NULL : digests_of_links(path);
    if (record != NULL)
        check_against(self, path, record->files);
    else if (links != NULL)
        check_against(self, path, links);
    else
        report(self, "digests", "", TRUE,
               _("none were noted: “umekomi model add” notes them"));
}

/* ---- tensors ------------------------------------------------------------------------
 */

static gsize
element_size(UmkDType dtype)
{
    switch (dtype) {
    case UMK_DTYPE_F64:
        return 8;
    case UMK_DTYPE_F32:
        return 4;
    case UMK_DTYPE_F16:
    case UMK_DTYPE_BF16:
        return 2;
    case UMK_DTYPE_OTHER:
    case UMK_DTYPE_I64:
    case UMK_DTYPE_I32:
    case UMK_DTYPE_I16:
    case UMK_DTYPE_I8:
    case UMK_DTYPE_U8:
    case UMK_DTYPE_BOOL:
    default:
        return 0; /* whole numbers are always finite */
    }
}

/* Position of the first number that is not finite, or -1. */
static gint64
find_bad(const UmkTensor *tensor, const guint8 *data)
{
    gsize size = element_size(tensor->dtype);
    float numbers[BLOCK];

    for (gsize from = 0; size > 0 && from < tensor->n_elements; from += BLOCK) {
        gsize n = MIN(BLOCK, tensor->n_elements - from);

        if (!_umk_dtype_to_float(tensor->dtype, data + from * size, n, numbers))
            return -1;
        for (gsize i = 0; i < n; i++)
            if (!isfinite(numbers[i]))
                return (gint64) (from + i);
    }
    return -1;
}

static void
check_weights_file(Check *self, const char *path)
{
    g_auto(UmkWeightsFile) file = {0};
    g_autofree char *name = g_path_get_basename(path);
    GError *error = NULL;
    guint n_bad = 0;

    if (!_umk_weights_file_open(&file, path, &error)) {
        report_error(self, "tensors", name, error);
        return;
    }
    for (guint i = 0; i < file.tensors->len; i++) {
        const UmkTensor *tensor = file.tensors->pdata[i];
        gint64 bad;

        if (!umk_run_check(self->run, &self->stopped))
            return;
        umk_run_report(self->run, tensor->name, (double) i / file.tensors->len);
        bad = find_bad(tensor, _umk_weights_file_data(&file, tensor));
        if (bad >= 0 && n_bad++ < 10)
            report(self, "tensors", tensor->name, FALSE,
                   _("%s: number %" PRId64 " of this tensor is not finite"), path, bad);
    }
    if (n_bad == 0)
        report(self, "tensors", name, TRUE, _("%u tensors, every number finite"),
               file.tensors->len);
}

static void
check_tensors(Check *self)
{
    g_auto(GStrv) folders = _umk_model_list_folders(self->model);

    for (gsize i = 0; folders[i] != NULL && self->stopped == NULL; i++) {
        g_auto(GStrv) paths = _umk_model_list_weights(folders[i]);

        for (gsize j = 0; paths[j] != NULL && self->stopped == NULL; j++)
            check_weights_file(self, paths[j]);
    }
}

/* ---- a forward pass -----------------------------------------------------------------
 */

static double
cosine(const float *a, const float *b, gsize n)
{
    double ab = 0, aa = 0, bb = 0;

    for (gsize i = 0; i < n; i++) {
        ab += (double) a[i] * (double) b[i];
        aa += (double) a[i] * (double) a[i];
        bb += (double) b[i] * (double) b[i];
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

static void
check_tower(Check *self, UmkModality modality)
{
    const char *subject = umk_modality_get_name(modality);
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkMatrix) vectors = NULL;
    GError *error = NULL;
    gsize n;

    if (_umk_model_get_tower(self->model, modality, self->run, &error) == NULL) {
        if (g_error_matches(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED) &&
            _umk_model_any_tower(self->model))
            g_error_free(error); /* a model need not have every modality */
        else
            report_error(self, "forward", subject, error);
        return;
    }
    for (guint i = 0; i < 3; i++) { /* the third is the first once more */
        g_autoptr(UmkItem) item = umk_item_new_sample(modality, i % 2);

        umk_items_append(items, item);
    }
    vectors =
        umk_model_embed(self->model, items, self->run->cancellable, NULL, NULL, &error);
    if (vectors == NULL) {
        report_error(self, "forward", subject, error);
        return;
    }
    n = umk_matrix_get_n_cols(vectors);
    if (memcmp(umk_matrix_get_row(vectors, 0, NULL), umk_matrix_get_row(vectors, 2, NULL),
               n * sizeof(float)) != 0)
        report(self, "forward", subject, FALSE,
               _("the same item gave two different vectors"));
    else if (cosine(umk_matrix_get_row(vectors, 0, NULL),
                    umk_matrix_get_row(vectors, 0, NULL), n) == 0)
        report(self, "forward", subject, FALSE, _("the vector of an item is zero"));
    else
        report(self, "forward", subject, TRUE, _("vectors of %zu numbers"), n);
}

/* ---- reference vectors --------------------------------------------------------------
 */

static void
compare(Check *self,
        UmkModality modality,
        UmkItems *items,
        const char *folder,
        const char *file)
{
    const char *subject = umk_modality_get_name(modality);
    g_autofree char *path = g_build_filename(folder, file, NULL);
    g_autoptr(UmkMatrix) ours = NULL;
    g_autoptr(UmkMatrix) theirs = NULL;
    double least = 1, need = modality == UMK_MODALITY_TEXT ? LEAST_COSINE : LEAST_DECODED;
    GError *error = NULL;
    gsize n, worst = 0;

    if (umk_items_get_n_items(items) == 0)
        return;
    theirs = umk_vectors_read(path, NULL, &error);
    if (theirs != NULL)
        ours = umk_model_embed(self->model, items, self->run->cancellable, NULL, NULL,
                               &error);
    if (ours == NULL) {
        report_error(self, "reference", subject, error);
        return;
    }
    n = umk_matrix_get_n_cols(ours);
    if (umk_matrix_get_n_rows(ours) != umk_matrix_get_n_rows(theirs) ||
        n != umk_matrix_get_n_cols(theirs)) {
        report(self, "reference", subject, FALSE,
               _("%s has %zu × %zu numbers, expected %zu × %zu"), path,
               umk_matrix_get_n_rows(theirs), umk_matrix_get_n_cols(theirs),
               umk_matrix_get_n_rows(ours), n);
        return;
    }
    for (gsize i = 0; i < umk_matrix_get_n_rows(ours); i++) {
        double same = cosine(umk_matrix_get_row(ours, i, NULL),
                             umk_matrix_get_row(theirs, i, NULL), n);

        if (same < least) {
            least = same;
            worst = i;
        }
    }
    report(self, "reference", subject, least >= need,
           _("%zu vectors, least cosine %.7f (item %zu), at least %.5f is needed"),
           umk_matrix_get_n_rows(ours), least, worst + 1, need);
}

static void
add_file(UmkItems *items, UmkModality modality, const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(UmkItem) item = umk_item_new_for_file(modality, path);

    umk_items_append(items, item);
}

/* Items of one part of reference.json: strings, or objects with the key. */
static UmkItems *
read_part(JsonObject *root,
          const char *part,
          const char *key,
          UmkModality modality,
          const char *folder)
{
    UmkItems *items = umk_items_new();
    JsonArray *array = NULL;

    _umk_json_get_array(root, part, &array, NULL);
    for (guint i = 0;
         array != NULL && i < MIN(json_array_get_length(array), MAX_REFERENCES); i++) {
        JsonNode *node = json_array_get_element(array, i);
        const char *value = NULL;

        if (JSON_NODE_HOLDS_OBJECT(node))
            _umk_json_get_string(json_node_get_object(node), key, NULL, &value, NULL);
        else if (JSON_NODE_HOLDS_VALUE(node))
            value = json_node_get_string(node);
        if (value == NULL)
            continue;
        if (modality == UMK_MODALITY_TEXT) {
            g_autoptr(UmkItem) item = umk_item_new_for_text(value);

            umk_items_append(items, item);
        } else if (_umk_file_name_is_safe(value)) {
            add_file(items, modality, folder, value);
        }
    }
    return items;
}

static gboolean
check_reference_json(Check *self, const char *folder)
{
    JsonObject *root;
    g_autoptr(JsonParser) parser = _umk_model_read_json(folder, "reference.json", &root);
    g_autoptr(UmkItems) texts = NULL;
    g_autoptr(UmkItems) pictures = NULL;
    g_autoptr(UmkItems) clips = NULL;

    if (parser == NULL)
        return FALSE;
    texts = read_part(root, "texts", "text", UMK_MODALITY_TEXT, folder);
    pictures = read_part(root, "pictures", "file", UMK_MODALITY_IMAGE, folder);
    clips = read_part(root, "clips", "file", UMK_MODALITY_AUDIO, folder);
    compare(self, UMK_MODALITY_TEXT, texts, folder, "texts.npy");
    compare(self, UMK_MODALITY_IMAGE, pictures, folder, "pictures.npy");
    compare(self, UMK_MODALITY_AUDIO, clips, folder, "clips.npy");
    return TRUE;
}

static gboolean
check_text_lines(Check *self, const char *folder)
{
    static const char *const names[] = {"embedding_l2.npy", "text_embeds_l2.npy"};
    g_autofree char *file = g_build_filename(folder, "texts.jsonl", NULL);
    g_autofree char *lines = NULL;
    g_autoptr(UmkItems) items = umk_items_new();
    g_auto(GStrv) parts = NULL;

    if (!g_file_get_contents(file, &lines, NULL, NULL))
        return FALSE;
    parts = g_strsplit(lines, "\n", MAX_REFERENCES);
    for (gsize i = 0; parts[i] != NULL; i++) {
        const char *text = NULL;
        JsonObject *root;
        g_autoptr(JsonParser) parser =
            parts[i][0] ? _umk_json_parse(parts[i], strlen(parts[i]), &root, NULL) : NULL;

        if (parser != NULL && _umk_json_get_string(root, "text", NULL, &text, NULL) &&
            text != NULL) {
            g_autoptr(UmkItem) item = umk_item_new_for_text(text);

            umk_items_append(items, item);
        }
    }
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(folder, names[i], NULL);

        if (g_file_test(path, G_FILE_TEST_EXISTS)) {
            compare(self, UMK_MODALITY_TEXT, items, folder, names[i]);
            return TRUE;
        }
    }
    return FALSE;
}

static void
check_reference(Check *self, const char *given)
{
    const char *path = umk_model_get_path(self->model);
    g_autofree char *own = path ? g_build_filename(path, "reference", NULL) : NULL;
    const char *folder = given ? given : own;

    if (folder == NULL)
        return;
    if (check_reference_json(self, folder) || check_text_lines(self, folder))
        return;
    report(self, "reference", "", given == NULL,
           given ? _("%s has neither reference.json nor texts.jsonl with vectors")
                 : _("the folder has no reference vectors (%s)"),
           folder);
}

/**
 * umk_model_check:
 * @self: a model
 * @reference: (nullable) (type filename): a folder with reference vectors; %NULL takes
 *   the model's own subfolder "reference", if there is one
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call): told how far it is
 * @progress_data: for @progress
 * @error: return location for an error: only for being cancelled
 *
 * Looks at the digests that were noted when the model was added, at every number of its
 * weights, at a forward pass of each tower, and at reference vectors. What is wrong is in
 * the report, an array of objects with "check" ("digests", "tensors", "forward",
 * "reference"), "subject", "ok" and "detail".
 *
 * Returns: (transfer full): the array as JSON text
 */
char *
umk_model_check(UmkModel *self,
                const char *reference,
                GCancellable *cancellable,
                UmkProgressFunc progress,
                gpointer progress_data,
                GError **error)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;
    g_auto(UmkRun) run = {0};
    Check check = {.model = self, .run = &run, .out = builder};

    g_return_val_if_fail(self != NULL, NULL);
    _umk_run_init(&run, cancellable, progress, progress_data);
    json_builder_begin_array(builder);
    check_digests(&check);
    if (check.stopped == NULL)
        check_tensors(&check);
    for (guint m = 0; m < UMK_MODALITY_GRAPH && check.stopped == NULL; m++)
        check_tower(&check, (UmkModality) m);
    if (check.stopped == NULL)
        check_reference(&check, reference);
    json_builder_end_array(builder);
    if (check.stopped != NULL) {
        g_propagate_error(error, check.stopped);
        return NULL;
    }
    root = json_builder_get_root(builder);
    return json_to_string(root, FALSE);
}
