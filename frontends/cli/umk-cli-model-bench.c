/* SPDX-License-Identifier: GPL-3.0-or-later */
/* model bench: how fast a model is on this machine, and how much of the machine it uses.
 * Items are made on the spot; the best of several passes counts, because other work can
 * only make a pass slower. Rates of one thread are by processor time. */
#include "umk-cli-model.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define SECONDS     1.5 /* of each measurement */
#define LONG_TEXT   128 /* tokens */
#define SHORT_TEXT  16
#define N_TEXTS     16
#define N_FILES     4 /* pictures or sounds of one pass */
#define SAMPLE_SECS 5 /* length of a sample sound */

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_model_bench = {
    "model bench", "MODEL [--precision P]",
    N_("Measure a model: items a second, share of this machine's peak, latency, memory"),
    "  umekomi model bench all-MiniLM-L6-v2\n"
    "  umekomi model bench starter --json\n",
    run};

typedef struct {
    UmkCli *cli;
    UmkModel *model;
    const char *name;
    const char *precision;
    gsize max_tokens; /* 0: not known */
    double peak;
} Bench;

static double
wall_now(void)
{
    return (double) g_get_monotonic_time() * 1e-6;
}

static double
cpu_now(void)
{
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    return (double) (use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           (double) (use.ru_utime.tv_usec + use.ru_stime.tv_usec) * 1e-6;
}

/* ---- one line of the result ---------------------------------------------------------
 */

static void
print_figure(Bench *self, const char *what, double value, const char *unit, double share)
{
    if (self->cli->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();

        json_builder_begin_object(builder);
        json_builder_set_member_name(builder, "model");
        json_builder_add_string_value(builder, self->name);
        json_builder_set_member_name(builder, "precision");
        json_builder_add_string_value(builder, self->precision);
        json_builder_set_member_name(builder, "what");
        json_builder_add_string_value(builder, what);
        json_builder_set_member_name(builder, "value");
        json_builder_add_double_value(builder, value);
        json_builder_set_member_name(builder, "unit");
        json_builder_add_string_value(builder, unit);
        if (share > 0) {
            json_builder_set_member_name(builder, "peak_share");
            json_builder_add_double_value(builder, share);
        }
        json_builder_end_object(builder);
        umk_cli_print_json(builder);
    } else {
        printf("%-34s %12.*f %s", what, value < 100 ? 2 : 0, value, unit);
        if (share > 0)
            printf(_(", %.0f %% of the peak"), share * 100);
        putchar('\n');
    }
    fflush(stdout);
}

/* ---- load ---------------------------------------------------------------------------
 */

/* Asks the system to forget the files below a folder; it may not. */
static void
drop_from_cache(const char *path, guint depth)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir != NULL && depth > 0 && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *below = g_build_filename(path, name, NULL);

        drop_from_cache(below, depth - 1);
    }
    if (dir == NULL) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        if (fd >= 0) {
            posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
            close(fd);
        }
    }
}

static UmkMatrix *
embed_one(UmkModel *model,
          UmkModality modality,
          GCancellable *cancellable,
          GError **error)
{
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkItem) item = umk_item_new_sample(modality, 0);

    umk_items_append(items, item);
    return umk_model_embed(model, items, cancellable, NULL, NULL, error);
}

/* From nothing to the first vector. */
static UmkModel *
time_load(
    Bench *self, UmkParams *params, UmkModality modality, gboolean cold, GError **error)
{
    g_autofree char *path =
        umk_registry_find_model(umk_registry_get_default(), self->name, NULL);
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkMatrix) vector = NULL;
    double from;

    if (cold && path != NULL)
        drop_from_cache(path, 4);
    from = wall_now();
    model = umk_model_load(umk_registry_get_default(), self->name, params,
                           self->cli->cancellable, error);
    if (model == NULL)
        return NULL;
    vector = embed_one(model, modality, self->cli->cancellable, error);
    if (vector == NULL)
        return NULL;
    print_figure(self, cold ? "load, cold, to the first vector" : "load, warm",
                 (wall_now() - from) * 1e3, "ms", 0);
    return g_steal_pointer(&model);
}

/* ---- items --------------------------------------------------------------------------
 */

static gsize
count_tokens(Bench *self, const char *text)
{
    g_autofree guint32 *ids = NULL;
    gsize n = 0;

    if (!umk_model_tokenize(self->model, text, &ids, &n, NULL, NULL))
        return 0;
    return self->max_tokens > 0 ? MIN(n, self->max_tokens) : n;
}

/* Sentences until the text is long enough; then whole words off its end. */
static char *
make_text(Bench *self, guint variant, gsize wanted)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < wanted && count_tokens(self, text->str) < wanted; i++) {
        g_autoptr(UmkItem) item = umk_item_new_sample(UMK_MODALITY_TEXT, variant * 7 + i);

        if (text->len > 0)
            g_string_append_c(text, ' ');
        g_string_append(text, umk_item_get_text(item));
        if (count_tokens(self, text->str) == 0)
            break; /* no tokenizer */
    }
    while (count_tokens(self, text->str) > wanted) {
        char *blank = g_strrstr(text->str, " ");

        if (blank == NULL)
            break;
        g_string_truncate(text, (gsize) (blank - text->str));
    }
    return g_string_free(text, FALSE);
}

static UmkItems *
make_items(Bench *self, UmkModality modality, gsize *n_tokens)
{
    UmkItems *items = umk_items_new();
    guint n = modality == UMK_MODALITY_TEXT ? N_TEXTS : N_FILES;

    *n_tokens = 0;
    for (guint i = 0; i < n; i++) {
        g_autoptr(UmkItem) item = NULL;

        if (modality == UMK_MODALITY_TEXT) {
            g_autofree char *text = make_text(self, i, LONG_TEXT);

            *n_tokens += count_tokens(self, text);
            item = umk_item_new_for_text(text);
        } else {
            item = umk_item_new_sample(modality, i);
        }
        umk_items_append(items, item);
    }
    return items;
}

/* ---- passes -------------------------------------------------------------------------
 */

/* Seconds of the best pass: processor time of one thread, the clock for more. */
static double
best_pass(Bench *self, UmkItems *items, guint n_threads, GError **error)
{
    double best = INFINITY, until = wall_now() + SECONDS;

    umk_set_n_threads(n_threads);
    do {
        double wall = wall_now(), cpu = cpu_now();
        g_autoptr(UmkMatrix) vectors = umk_model_embed(
            self->model, items, self->cli->cancellable, NULL, NULL, error);

        if (vectors == NULL)
            return -1;
        best = MIN(best, n_threads == 1 ? cpu_now() - cpu : wall_now() - wall);
    } while (wall_now() < until);
    return MAX(best, 1e-9);
}

static double
share_of_peak(
    Bench *self, UmkModality modality, gsize n_items, gsize n_tokens, double time)
{
    gsize length = n_items > 0 ? n_tokens / n_items : 0;
    double each = umk_model_count_operations(self->model, modality, MAX(length, 1));

    if (self->peak <= 0 || (modality == UMK_MODALITY_TEXT && n_tokens == 0))
        return 0;
    return each * (double) n_items / time / self->peak;
}

static gboolean
bench_modality(Bench *self, UmkModality modality, guint n_threads, GError **error)
{
    gsize n_tokens;
    g_autoptr(UmkItems) items = make_items(self, modality, &n_tokens);
    gsize n = umk_items_get_n_items(items);

    for (guint t = 1; t <= n_threads; t += MAX(n_threads - 1, 1)) {
        double time = best_pass(self, items, t, error);
        g_autofree char *what = NULL;
        double share = t == 1 ? share_of_peak(self, modality, n, n_tokens, time) : 0;

        if (time < 0)
            return FALSE;
        if (modality == UMK_MODALITY_TEXT) {
            what = g_strdup_printf("texts of %zu tokens, %u thread(s)", n_tokens / n, t);
            print_figure(self, what, (double) (n_tokens > 0 ? n_tokens : n) / time,
                         n_tokens > 0 ? "tokens/s" : "texts/s", share);
        } else if (modality == UMK_MODALITY_IMAGE) {
            what = g_strdup_printf("pictures, decoded, %u thread(s)", t);
            print_figure(self, what, (double) n / time, "images/s", share);
        } else {
            what = g_strdup_printf("sounds of %u s, %u thread(s)", SAMPLE_SECS, t);
            print_figure(self, what, (double) (n * SAMPLE_SECS) / time, "× real time", 0);
        }
    }
    return TRUE;
}

static int
compare_times(gconstpointer a, gconstpointer b)
{
    double x = *(const double *) a, y = *(const double *) b;

    return (x > y) - (x < y);
}

static gboolean
bench_latency(Bench *self, GError **error)
{
    g_autoptr(UmkItems) items = umk_items_new();
    g_autofree char *text = make_text(self, 0, SHORT_TEXT);
    g_autoptr(UmkItem) item = umk_item_new_for_text(text);
    g_autofree char *what = NULL;
    double times[101];

    umk_items_append(items, item);
    for (gsize i = 0; i < G_N_ELEMENTS(times); i++) {
        double from = wall_now();
        g_autoptr(UmkMatrix) vector = umk_model_embed(
            self->model, items, self->cli->cancellable, NULL, NULL, error);

        if (vector == NULL)
            return FALSE;
        times[i] = (wall_now() - from) * 1e3;
    }
    qsort(times, G_N_ELEMENTS(times), sizeof *times, compare_times);
    what = g_strdup_printf("one text of %zu tokens, warm", count_tokens(self, text));
    print_figure(self, what, times[G_N_ELEMENTS(times) / 2], "ms", 0);
    return TRUE;
}

/* Of the text tower, from the engine's description. */
static gsize
find_max_tokens(UmkModel *model)
{
    g_autofree char *json = umk_model_dup_card(model, NULL, NULL);
    g_autoptr(JsonNode) root = json ? json_from_string(json, NULL) : NULL;
    JsonArray *towers =
        root ? umk_cli_model_get_array(json_node_get_object(root), "towers") : NULL;

    for (guint i = 0; towers != NULL && i < json_array_get_length(towers); i++) {
        JsonObject *tower = json_array_get_object_element(towers, i);

        if (g_strcmp0(umk_cli_model_get_string(tower, "modality"), "text") == 0)
            return (gsize) umk_cli_model_get_int(tower, "max_tokens");
    }
    return 0;
}

static gboolean
bench_model(Bench *self, UmkParams *params, guint n_threads, GError **error)
{
    g_autoptr(UmkModel) probe =
        umk_model_load(umk_registry_get_default(), self->name, NULL, NULL, error);
    UmkModality first = UMK_MODALITY_TEXT;
    struct rusage use;

    if (probe == NULL)
        return FALSE;
    while (first < UMK_MODALITY_AUDIO && !umk_model_has_modality(probe, first))
        first++;
    self->max_tokens = find_max_tokens(probe);
    g_clear_pointer(&probe, umk_model_unref);
    self->model = time_load(self, params, first, TRUE, error);
    g_clear_pointer(&self->model, umk_model_unref);
    self->model = error && *error ? NULL : time_load(self, params, first, FALSE, error);
    if (self->model == NULL)
        return FALSE;
    for (UmkModality m = UMK_MODALITY_TEXT; m <= UMK_MODALITY_AUDIO; m++)
        if (umk_model_has_modality(self->model, m) &&
            !bench_modality(self, m, n_threads, error))
            return FALSE;
    if (umk_model_has_modality(self->model, UMK_MODALITY_TEXT) &&
        !bench_latency(self, error))
        return FALSE;
    getrusage(RUSAGE_SELF, &use);
    print_figure(self, "peak memory", (double) use.ru_maxrss / 1024, "MiB", 0);
    return TRUE;
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_model_get_param_specs(&n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    GOptionContext *options = umk_cli_options_new(cli, &umk_cli_model_bench, NULL);
    g_autoptr(GError) error = NULL;
    Bench self = {.cli = cli};
    UmkCliExit code;
    gboolean good;

    umk_cli_options_add_params(options, params);
    code = umk_cli_options_parse(cli, options, &argc, &argv);
    if (code != UMK_CLI_OK)
        return code;
    if (argc != 2)
        return umk_cli_usage(&umk_cli_model_bench, _("give one model"));
    self.name = argv[1];
    self.precision = umk_params_get_string(params, "precision");
    self.peak = umk_measure_peak(self.precision);
    if (self.peak > 0)
        print_figure(&self, "peak of one core", self.peak * 1e-9,
                     g_str_equal(self.precision, "int8") ? "GOP/s" : "GFLOP/s", 0);
    good = bench_model(&self, params, umk_get_n_threads(), &error);
    g_clear_pointer(&self.model, umk_model_unref);
    return good ? UMK_CLI_OK : umk_cli_fail(cli, error);
}
