/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of token vectors: number types, mapping and weights, the layouts of folders, and
 * which tokens count. */
#include <umekomi/umekomi.h>

#include <glib/gstdio.h>

#include <string.h>

#include "modalities/text/umk-static-table-private.h"

/* A safetensors file: header, then data. */
static GBytes *
make_file(const char *header, gconstpointer data, gsize size)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    guint64 n = GUINT64_TO_LE((guint64) strlen(header));

    g_byte_array_append(out, (const guint8 *) &n, 8);
    g_byte_array_append(out, (const guint8 *) header, (guint) strlen(header));
    g_byte_array_append(out, data, (guint) size);
    return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}

static gboolean
bind(UmkStaticTable *table,
     UmkWeights **weights,
     const char *header,
     gconstpointer data,
     gsize size,
     GError **error)
{
    g_autoptr(GBytes) bytes = make_file(header, data, size);

    *weights = _umk_weights_new_from_bytes(bytes, "test", error);
    g_assert_nonnull(*weights);
    return _umk_static_table_bind(table, *weights, error);
}

static void
check_mean(const UmkStaticTable *table,
           const guint32 *ids,
           gsize n_ids,
           guint32 skip,
           gsize most,
           gsize n_counted,
           float x,
           float y)
{
    UmkArena arena = {0};
    float out[2];
    float *scratch =
        _umk_arena_reserve(&arena, _umk_static_table_scratch_size(table), NULL);

    g_assert_cmpuint(_umk_static_table_mean(table, ids, n_ids, skip, most, scratch, out),
                     ==, n_counted);
    g_assert_cmpfloat(out[0], ==, x);
    g_assert_cmpfloat(out[1], ==, y);
    _umk_arena_clear(&arena);
}

/* An odd header puts the numbers off their border. */
static void
test_types(void)
{
    static const float f32[] = {1, 2, 3, 4, -5, 0.5f};
    static const guint16 f16[] = {0x3c00, 0x4000, 0x4200, 0x4400, 0xc500, 0x3800};
    static const gint8 i8[] = {1, 2, 3, 4, -5, 1};
    static const guint32 ids[] = {2, 0, 1, 1};
    static const struct {
        const char *type;
        gconstpointer data;
        gsize size;
        float y;
    } cases[] = {{"F32", f32, sizeof f32, 2.625f},
                 {"F16", f16, sizeof f16, 2.625f},
                 {"I8", i8, sizeof i8, 2.75f}};

    for (gsize i = 0; i < 2 * G_N_ELEMENTS(cases); i++) {
        gsize c = i / 2;
        g_autofree char *header =
            g_strdup_printf("{\"embedding.weight\":{\"dtype\":\"%s\",\"shape\":[3,2],"
                            "\"data_offsets\":[0,%d]}}%s",
                            cases[c].type, (int) cases[c].size, i % 2 ? " " : "");
        g_autoptr(UmkWeights) weights = NULL;
        g_autoptr(GError) error = NULL;
        UmkStaticTable table;

        bind(&table, &weights, header, cases[c].data, cases[c].size, &error);
        g_assert_no_error(error);
        check_mean(&table, ids, 4, G_MAXUINT32, 99, 4, 0.5f, cases[c].y);
        check_mean(&table, ids, 4, 1, 99, 2, -2.0f, i8 == cases[c].data ? 1.5f : 1.25f);
        check_mean(&table, ids, 4, 2, 1, 1, 1.0f, 2.0f);
        check_mean(&table, ids, 1, 2, 1, 0, 0.0f, 0.0f);
    }
}

#define QUANTIZED                                                                        \
    "{\"embeddings\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},"       \
    "\"mapping\":{\"dtype\":\"I32\",\"shape\":[3],\"data_offsets\":[16,28]},"            \
    "\"weights\":{\"dtype\":\"F32\",\"shape\":[%d],\"data_offsets\":[28,%d]}}"

typedef struct {
    float rows[4];
    gint32 mapping[3];
    float weights[3];
} Quantized;

static void
test_quantized(void)
{
    Quantized data = {{1, 2, 10, 20}, {1, 0, 1}, {1, 0.5f, 2}};
    static const guint32 ids[] = {0, 1, 2};
    g_autofree char *header = g_strdup_printf(QUANTIZED, 3, 40);
    g_autofree char *short_header = g_strdup_printf(QUANTIZED, 2, 36);
    g_autoptr(UmkWeights) weights = NULL, bad = NULL, few = NULL;
    g_autoptr(GError) error = NULL;
    UmkStaticTable table;

    bind(&table, &weights, header, &data, sizeof data, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(table.n_tokens, ==, 3);
    check_mean(&table, ids + 1, 2, G_MAXUINT32, 99, 2, 10.25f, 20.5f);
    data.mapping[2] = 2;
    g_assert_false(bind(&table, &bad, header, &data, sizeof data, &error));
    g_assert_nonnull(strstr(error->message, "token 2 row 2"));
    g_clear_error(&error);
    data.mapping[2] = 0;
    g_assert_false(bind(&table, &few, short_header, &data, sizeof data - 4, &error));
    g_assert_nonnull(strstr(error->message, "weights"));
}

/* Folders */

static const char tokenizer[] =
    "{\"added_tokens\":[],\"pre_tokenizer\":{\"type\":\"Whitespace\"},"
    "\"post_processor\":{\"type\":\"BertProcessing\",\"cls\":[\"a\",1],\"sep\":[\"a\",1]}"
    ","
    "\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\",\"vocab\":"
    "{\"[UNK]\":0,\"a\":1,\"b\":2}}}";

static void
write_file(const char *folder, const char *name, gconstpointer text, gssize length)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);

    g_assert_cmpint(g_mkdir_with_parents(parent, 0700), ==, 0);
    g_assert_true(g_file_set_contents(path, text, length, NULL));
}

static void
write_table(const char *folder, const char *name)
{
    static const float rows[] = {0, 4, 2, 0, 6, 0};
    g_autoptr(GBytes) file =
        make_file("{\"embedding.weight\":{\"dtype\":\"F32\",\"shape\":[3,2],"
                  "\"data_offsets\":[0,24]}}",
                  rows, sizeof rows);
    gsize size;
    gconstpointer data = g_bytes_get_data(file, &size);
    g_autofree char *json = g_strconcat(name, "tokenizer.json", NULL);
    g_autofree char *weights = g_strconcat(name, "model.safetensors", NULL);

    write_file(folder, json, tokenizer, -1);
    write_file(folder, weights, data, (gssize) size);
}

static void
remove_all(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *inner = g_build_filename(path, name, NULL);

        remove_all(inner);
    }
    g_remove(path);
}

static UmkMatrix *
embed(const char *folder, const char *text, const char *normalize, GError **error)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_model_get_param_specs(&n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkItem) item = umk_item_new_for_text(text);
    g_autoptr(UmkItems) items = umk_items_new();

    if (normalize != NULL)
        umk_params_set(params, "normalize", normalize, NULL);
    model = umk_model_load(umk_registry_get_default(), folder, params, NULL, error);
    g_assert_nonnull(model);
    umk_items_append(items, item);
    return umk_model_embed(model, items, NULL, NULL, NULL, error);
}

static void
check_embed(const char *folder, const char *text, const char *normalize, float x, float y)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkMatrix) matrix = embed(folder, text, normalize, &error);

    g_assert_no_error(error);
    g_assert_cmpfloat_with_epsilon(umk_matrix_get_row(matrix, 0, NULL)[0], x, 1e-6f);
    g_assert_cmpfloat_with_epsilon(umk_matrix_get_row(matrix, 0, NULL)[1], y, 1e-6f);
}

/* sentence-transformers: the unknown token counts; model2vec: it is dropped, and
 * config.json may switch the length off. Special tokens never count. */
static void
test_folders(void)
{
    g_autofree char *folder = g_dir_make_tmp("umekomi-static-XXXXXX", NULL);
    g_autofree char *module = g_build_filename(folder, "0_StaticEmbedding", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkMatrix) none = NULL;

    write_file(folder, "modules.json",
               "[{\"idx\":0,\"name\":\"0\",\"path\":\"0_StaticEmbedding\",\"type\":"
               "\"sentence_transformers.models.StaticEmbedding\"}]",
               -1);
    write_table(folder, "0_StaticEmbedding/");
    check_embed(folder, "a b x x", "no", 2, 2);
    check_embed(folder, "b", NULL, 1, 0);
    check_embed(module, "a b x x", "no", 4, 0);
    write_table(folder, "");
    write_file(folder, "config.json",
               "{\"model_type\":\"model2vec\",\"normalize\":false}", -1);
    check_embed(folder, "a b x x", NULL, 4, 0);
    check_embed(folder, "a b x x", "yes", 1, 0);
    none = embed(folder, "x", NULL, &error);
    g_assert_null(none);
    g_assert_nonnull(strstr(error->message, "no token"));
    remove_all(folder);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/static-table/types", test_types);
    g_test_add_func("/static-table/quantized", test_quantized);
    g_test_add_func("/static-table/folders", test_folders);
    return g_test_run();
}
