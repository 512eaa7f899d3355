/* SPDX-License-Identifier: GPL-3.0-or-later */
/* embed: vectors of items in input order, without a collection. The input is read, and
 * the vectors are written, a part at a time: memory does not grow with the file. */
#include "umk-cli-output.h"

#include <inttypes.h>
#include <string.h>

#define PART_ITEMS   4096
#define PART_FILES   256
#define PART_BYTES   ((gsize) 4 << 20)    /* texts of a part */
#define PART_VECTORS ((gsize) 16 << 20)   /* bytes of its vectors */
#define BASE_MEMORY  ((guint64) 16 << 20) /* the program itself */
#define MIN_THREAD   ((guint64) 16 << 20) /* the least a thread can work with */
#define FULL_THREAD  ((guint64) 64 << 20) /* what it uses at most */

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_embed = {
    "embed", "--model M (TEXT… | --input FILE | --files FILE…) --output OUT.npy",
    N_("Turn texts, pictures or sounds into vectors"),
    "  umekomi embed --model starter \"a red apple\" 犬 --output v.npy\n"
    "  umekomi embed --model ~/models/clip-vit-base-patch32 --files a.jpg b.png --output "
    "v.npy\n"
    "  umekomi embed --model ~/models/multilingual-e5-small --task query --input q.txt "
    "--output q.npy\n"
    "  umekomi embed --model ~/models/nomic-embed-text-v1.5 --task document --dims 256 "
    "--dtype i8 --input d.txt --output d.npy\n",
    run};

typedef struct {
    char *model, *modality, *input, *output, *dtype, *errors, *calibration, *memory;
    char *cache_file, *cache_size;
    gboolean files, skip, tokens, normalize_tokens, cache, no_cache;
} Options;

typedef struct {
    UmkCli *cli;
    const Options *options;
    UmkModel *model;
    UmkVectorCache *cache;
    UmkModality modality;
    UmkCliLines lines;
    UmkCliOutput output;
    UmkEmbedCounts counts;
    gsize n_items;
    double from, to; /* share of the input that the part in hand covers */
} Job;

/* A text file is one text. */
static UmkItem *
make_text_file_item(const char *path)
{
    g_autofree char *text = NULL;
    g_autofree char *valid = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return umk_item_new_for_file(UMK_MODALITY_TEXT, path);
    valid = g_utf8_make_valid(text, -1);
    return umk_item_new_for_text(valid);
}

static UmkItems *
make_items(const Job *job, char **values)
{
    UmkItems *items = umk_items_new();
    gboolean paths = job->options->files || job->modality != UMK_MODALITY_TEXT;

    for (gsize i = 0; values[i] != NULL; i++) {
        g_autoptr(UmkItem) item = NULL;

        if (!paths)
            item = umk_item_new_for_text(values[i]);
        else if (job->modality == UMK_MODALITY_TEXT)
            item = make_text_file_item(values[i]);
        else
            item = umk_item_new_for_file(job->modality, values[i]);
        umk_items_append(items, item);
    }
    return items;
}

static gboolean
choose_modality(const Options *o, char **words, UmkModality *modality, GError **error)
{
    if (o->modality != NULL) {
        if (umk_modality_from_name(o->modality, modality))
            return TRUE;
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("“%s” is not a modality; they are text, image, audio and graph"),
                    o->modality);
        return FALSE;
    }
    *modality = UMK_MODALITY_TEXT;
    if (!o->files || words[0] == NULL || umk_modality_of_file(words[0], modality))
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                _("The name of “%s” does not tell its modality; add --modality"),
                words[0]);
    return FALSE;
}

/* ---- memory ---- */

/* Refuses what cannot fit, before any weight is loaded, and takes away threads that would
 * not. */
static gboolean
limit_memory(Job *job, GError **error)
{
    guint64 limit, weights;
    guint n_threads = umk_get_n_threads();

    if (job->options->memory == NULL)
        return TRUE;
    if (!umk_cli_parse_size(job->options->memory, &limit)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("“%s” is not a size; sizes look like 512M or 2G"),
                    job->options->memory);
        return FALSE;
    }
    weights = umk_model_get_weight_size(job->model, job->modality);
    if (BASE_MEMORY + weights + MIN_THREAD > limit) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("The model needs about %" PRIu64 " MiB (%" PRIu64
                      " MiB of them weights), more than the limit of %" PRIu64 " MiB"),
                    (BASE_MEMORY + weights + MIN_THREAD) >> 20, weights >> 20,
                    limit >> 20);
        return FALSE;
    }
    while (n_threads > 1 && BASE_MEMORY + weights + n_threads * FULL_THREAD > limit)
        n_threads--;
    umk_set_n_threads(n_threads);
    return TRUE;
}

/* Items of a part: fewer where vectors are long, and under a tight limit. */
static gsize
part_items(const Job *job, gsize n_dims)
{
    gsize n = job->modality == UMK_MODALITY_TEXT && !job->options->files ? PART_ITEMS
                                                                         : PART_FILES;
    gsize bytes = job->options->memory != NULL ? PART_VECTORS / 4 : PART_VECTORS;

    if (job->options->tokens)
        return 64;
    return CLAMP(bytes / (MAX(n_dims, 1) * sizeof(float)), 16, n);
}

/* ---- cache ---- */

/* --cache, or the environment: UMEKOMI_CACHE=1, or the name of a file. */
static void
open_cache(Job *job)
{
    const Options *o = job->options;
    const char *wish = g_getenv("UMEKOMI_CACHE"), *path = o->cache_file;
    g_autoptr(GError) error = NULL;
    guint64 size = 0;

    if (o->no_cache || (!o->cache && path == NULL &&
                        (wish == NULL || wish[0] == '\0' || g_str_equal(wish, "0"))))
        return;
    if (path == NULL && wish != NULL && strchr(wish, G_DIR_SEPARATOR) != NULL)
        path = wish;
    if (o->cache_size != NULL)
        umk_cli_parse_size(o->cache_size, &size);
    job->cache = umk_vector_cache_open(path, size, &error);
    if (job->cache == NULL)
        umk_cli_message(job->cli, _("Going on without a cache: %s"), error->message);
}

/* ---- a part ---- */

static void
show_progress(const char *stage, double fraction, gpointer data)
{
    Job *job = data;

    if (job->to > 0)
        fraction = job->from + (job->to - job->from) * fraction;
    umk_cli_progress(stage, fraction, job->cli);
}

static void
add_counts(UmkEmbedCounts *sum, const UmkEmbedCounts *one)
{
    sum->n_texts += one->n_texts;
    sum->n_truncated += one->n_truncated;
    sum->n_tokens += one->n_tokens;
    sum->n_repeated += one->n_repeated;
    sum->n_cached += one->n_cached;
    sum->longest = MAX(sum->longest, one->longest);
}

static gboolean
embed_tokens(Job *job, UmkItems *items, GError **error)
{
    g_autoptr(UmkMatrix) rows = NULL;
    g_autofree guint64 *offsets = NULL;
    UmkEmbedCounts counts;
    gsize n;

    rows = umk_model_embed_tokens(job->model, items, job->options->normalize_tokens,
                                  &offsets, &n, &counts, job->cli->cancellable,
                                  show_progress, job, error);
    if (rows == NULL || !umk_cli_output_add(&job->output, rows, error))
        return FALSE;
    umk_cli_output_add_offsets(&job->output, offsets, n, umk_matrix_get_n_rows(rows));
    add_counts(&job->counts, &counts);
    return TRUE;
}

static gboolean
embed_part(Job *job, char **values, GError **error)
{
    g_autoptr(UmkItems) items = make_items(job, values);
    g_autoptr(GPtrArray) failures = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(UmkMatrix) rows = NULL;
    UmkEmbedCounts counts;

    job->n_items += umk_items_get_n_items(items);
    if (job->options->tokens)
        return embed_tokens(job, items, error);
    rows = umk_model_embed_counted(job->model, items, job->cache, &counts, failures,
                                   job->cli->cancellable, show_progress, job, error);
    if (rows == NULL)
        return FALSE;
    for (guint i = 0; i < failures->len; i++)
        if (failures->pdata[i] != NULL)
            umk_cli_add_failure(job->cli, values[i], failures->pdata[i]);
    add_counts(&job->counts, &counts);
    return umk_cli_output_add(&job->output, rows, error);
}

static gboolean
embed_all(Job *job, GError **error)
{
    gsize most = part_items(job, umk_model_get_n_dims(job->model));

    for (gboolean first = TRUE;; first = FALSE) {
        g_auto(GStrv) values = NULL;

        job->from = job->lines.size > 0 ? job->lines.done / job->lines.size : 0;
        values = umk_cli_lines_next(&job->lines, most, PART_BYTES, error);
        if (values == NULL)
            return FALSE;
        if (values[0] == NULL && !first)
            return TRUE;
        job->to = job->lines.size > 0 ? job->lines.done / job->lines.size : 0;
        if (!embed_part(job, values, error))
            return FALSE;
    }
}

/* ---- the account ---- */

static void
print_json(const Job *job, double seconds)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    const struct {
        const char *name;
        gsize value;
    } numbers[] = {
        {"rows", job->output.n_rows},
        {"dims", job->output.n_dims},
        {"items", job->n_items},
        {"tokens", job->counts.n_tokens},
        {"truncated", job->counts.n_truncated},
        {"longest", job->counts.longest},
        {"repeated", job->counts.n_repeated},
        {"cached", job->counts.n_cached},
    };

    json_builder_begin_object(b);
    json_builder_set_member_name(b, "output");
    json_builder_add_string_value(b, job->output.path);
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
        json_builder_set_member_name(b, numbers[i].name);
        json_builder_add_int_value(b, (gint64) numbers[i].value);
    }
    json_builder_set_member_name(b, "seconds");
    json_builder_add_double_value(b, seconds);
    json_builder_end_object(b);
    umk_cli_print_json(b);
}

static void
report(const Job *job, double seconds)
{
    const UmkEmbedCounts *counts = &job->counts;

    umk_cli_message(job->cli, _("%s: %zu × %zu in %.2f s"), job->output.path,
                    job->output.n_rows, job->output.n_dims, seconds);
    if (counts->n_truncated > 0)
        umk_cli_message(
            job->cli,
            _("%zu of %zu texts were cut to what the model reads; the longest "
              "has %zu tokens"),
            counts->n_truncated, job->n_items, counts->longest);
    if (job->cache != NULL)
        umk_cli_message(job->cli, _("%zu of %zu vectors came from the cache, %s"),
                        counts->n_cached, job->n_items - counts->n_repeated,
                        umk_vector_cache_get_path(job->cache));
    if (job->cli->json)
        print_json(job, seconds);
}

static UmkCliExit
work(Job *job)
{
    const Options *o = job->options;
    g_autoptr(GError) error = NULL;
    gint64 start = g_get_monotonic_time();

    umk_cli_progress_start(job->cli, 0, _("items"));
    if (!embed_all(job, &error))
        return umk_cli_fail(job->cli, error);
    if (job->cli->failures->len == 2 * job->n_items && job->n_items > 0)
        return umk_cli_finish(job->cli, o->errors, o->skip); /* nothing worth a file */
    if (!umk_cli_output_finish(&job->output, job->cli, &error))
        return umk_cli_fail(job->cli, error);
    report(job, (double) (g_get_monotonic_time() - start) / 1e6);
    return umk_cli_finish(job->cli, o->errors, o->skip);
}

static void
job_clear(Job *job)
{
    umk_cli_lines_close(&job->lines);
    umk_cli_output_clear(&job->output);
    g_clear_pointer(&job->model, umk_model_unref);
    g_clear_pointer(&job->cache, umk_vector_cache_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Job, job_clear)

static UmkCliExit
start(UmkCli *cli, const Options *o, char **words, UmkParams *params)
{
    g_auto(Job) job = {.cli = cli, .options = o};
    g_autoptr(GError) error = NULL;
    guint64 size;

    if (!choose_modality(o, words, &job.modality, &error))
        return umk_cli_usage(&umk_cli_command_embed, "%s", error->message);
    if (o->cache_size != NULL && !umk_cli_parse_size(o->cache_size, &size))
        return umk_cli_usage(&umk_cli_command_embed,
                             _("“%s” is not a size; sizes look like 512M or 2G"),
                             o->cache_size);
    job.model = umk_model_load(umk_registry_get_default(), o->model, params,
                               cli->cancellable, &error);
    if (job.model == NULL || !limit_memory(&job, &error) ||
        !umk_cli_lines_open(&job.lines, o->input, words, &error) ||
        !umk_cli_output_open(&job.output, o->output, o->dtype ? o->dtype : "f32",
                             o->calibration, o->tokens, &error))
        return umk_cli_fail(cli, error);
    open_cache(&job);
    return work(&job);
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    Options o = {0};
    const GOptionEntry entries[] = {
        {"model", 0, 0, G_OPTION_ARG_STRING, &o.model, N_("Model folder or name"), "M"},
        {"modality", 0, 0, G_OPTION_ARG_STRING, &o.modality,
         N_("text, image, audio (default: text, or by the files' names)"), "M"},
        {"input", 0, 0, G_OPTION_ARG_FILENAME, &o.input,
         N_("One text a line, or one path a line for pictures and sounds; - is stdin"),
         "FILE"},
        {"files", 0, 0, G_OPTION_ARG_NONE, &o.files,
         N_("The arguments are files, not texts"), NULL},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o.output,
         N_("Where to write the vectors"), "FILE.npy"},
        {"dtype", 0, 0, G_OPTION_ARG_STRING, &o.dtype,
         N_("f32, f16, i8 or u8 (256 steps over the range of each dimension), ubinary "
            "(signs, 8 a byte) or binary (the same minus 128)"),
         "T"},
        {"calibration", 0, 0, G_OPTION_ARG_FILENAME, &o.calibration,
         N_("Vectors or ranges that give i8 and u8 their ranges (default: this batch)"),
         "FILE.npy"},
        {"token-embeddings", 0, 0, G_OPTION_ARG_NONE, &o.tokens,
         N_("One vector a token, not a text; OUT.offsets.npy says where texts begin"),
         NULL},
        {"normalize-tokens", 0, 0, G_OPTION_ARG_NONE, &o.normalize_tokens,
         N_("Scale the vectors of tokens to length 1"), NULL},
        {"cache", 0, 0, G_OPTION_ARG_NONE, &o.cache,
         N_("Keep vectors on disk and take them from there when the same item comes "
            "again (also: UMEKOMI_CACHE=1, or =FILE with a slash in it)"),
         NULL},
        {"no-cache", 0, 0, G_OPTION_ARG_NONE, &o.no_cache,
         N_("Not even if UMEKOMI_CACHE says so"), NULL},
        {"cache-file", 0, 0, G_OPTION_ARG_FILENAME, &o.cache_file,
         N_("Where (default: umekomi/vectors.sqlite in the cache folder)"), "FILE"},
        {"cache-size", 0, 0, G_OPTION_ARG_STRING, &o.cache_size,
         N_("Drop the vectors unused for longest beyond this (default: 1G)"), "SIZE"},
        {"memory-limit", 0, 0, G_OPTION_ARG_STRING, &o.memory,
         N_("Refuse a model that needs more, and work in smaller parts: 512M, 2G"),
         "SIZE"},
        {"errors", 0, 0, G_OPTION_ARG_FILENAME, &o.errors,
         N_("Save the list of failures"), "FILE"},
        {"skip-errors", 0, 0, G_OPTION_ARG_NONE, &o.skip,
         N_("Exit 0 even if some failed; their rows are zero"), NULL},
        {NULL}};
    g_autoptr(UmkParams) params = NULL;
    UmkCliExit code;
    gsize n_specs;
    const UmkParamSpec *specs = umk_model_get_param_specs(&n_specs);
    GOptionContext *options = umk_cli_options_new(cli, &umk_cli_command_embed, NULL);

    params = umk_params_new(specs, n_specs);
    umk_cli_options_add_params(options, params);
    g_option_context_add_main_entries(options, entries, GETTEXT_PACKAGE);
    code = umk_cli_options_parse(cli, options, &argc, &argv);
    if (code != UMK_CLI_OK)
        return code;
    if (o.model == NULL || o.output == NULL)
        return umk_cli_usage(&umk_cli_command_embed,
                             _("--model and --output are needed"));
    if ((argc > 1) == (o.input != NULL))
        return umk_cli_usage(&umk_cli_command_embed, _("give texts, --files or --input"));
    return start(cli, &o, argv + 1, params);
}
