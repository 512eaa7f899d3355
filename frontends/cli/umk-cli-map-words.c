/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is written around a map: title, how it was made, what its distances mean; and the
 * full recipe, which goes into the file's metadata. */
#include "umk-cli-map.h"

#include <math.h>
#include <string.h>

#define NEIGHBORS 15
#define MEASURED                                                                         \
    20000 /* more items than this take too long to be measured for a caption */

/* What may be read from the distances of a method's map. */
static const struct {
    const char *method;
    const char *meaning;
} meanings[] = {
    {"pca", N_("Distances are those in the plane that keeps the most variance; what "
               "differs in other directions is not seen.")},
    {"random", N_("Distances are kept on the average, not each of them.")},
    {"mds", N_("Distances on the map come as near to the true ones as a plane allows.")},
    {"axes", N_("The place along an axis is meant; the distance between points is not.")},
    {"umap",
     N_("Neighbours on the map tend to be true neighbours; the size of a group and "
        "the gaps between groups mean little.")},
    {"densmap", N_("Neighbours on the map tend to be true neighbours, dense groups are "
                   "dense; the gaps between groups mean little.")},
    {"tsne",
     N_("Neighbours on the map tend to be true neighbours; the size of a group and "
        "the gaps between groups mean nothing.")},
    {"pacmap", N_("Neighbours on the map tend to be true neighbours; the order of the "
                  "groups is roughly kept, their distances are not.")},
};

static const char *
meaning_of(const char *method)
{
    for (gsize i = 0; i < G_N_ELEMENTS(meanings); i++)
        if (strcmp(meanings[i].method, method) == 0)
            return _(meanings[i].meaning);
    return _("Near on the map means alike; far does not always mean different.");
}

gboolean
umk_cli_map_measure(UmkCliMapLook *self,
                    UmkCli *cli,
                    const UmkCliSource *source,
                    UmkParams *params,
                    GError **error)
{
    gsize n = umk_matrix_get_n_rows(source->vectors);
    gboolean cosine = umk_params_has(params, "metric") &&
                      strcmp(umk_params_get_string(params, "metric"), "cosine") == 0;
    UmkMapQuality quality;

    self->trustworthiness = NAN;
    if (n < 3 * NEIGHBORS || n > MEASURED)
        return TRUE;
    if (!umk_eval_map(source->vectors, self->coords,
                      cosine ? UMK_METRIC_COSINE : UMK_METRIC_EUCLIDEAN, NEIGHBORS, NULL,
                      (guint64) cli->seed, &quality, cli->cancellable, umk_cli_progress,
                      cli, error))
        return FALSE;
    self->trustworthiness = quality.trustworthiness;
    return TRUE;
}

static char *
file_title(const char *path)
{
    char *name = g_path_get_basename(path), *dot = strrchr(name, '.');

    if (dot != NULL && dot > name)
        *dot = '\0';
    return name;
}

static char *
digest_of(UmkMatrix *vectors)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    gsize n = umk_matrix_get_n_rows(vectors), d = umk_matrix_get_n_cols(vectors);

    for (gsize i = 0; i < n; i++)
        g_checksum_update(sum, (const guchar *) umk_matrix_get_row(vectors, i, NULL),
                          (gssize) (d * sizeof(float)));
    return g_strdup(g_checksum_get_string(sum));
}

static void
add_text(JsonBuilder *builder, const char *name, const char *text)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, text);
}

static char *
command_line(char **arguments)
{
    g_autoptr(GString) line = g_string_new("umekomi");

    for (char **a = arguments; *a != NULL; a++) {
        gboolean plain = **a != '\0' && strspn(*a, "abcdefghijklmnopqrstuvwxyz"
                                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                   "0123456789-_./=:,@%+") == strlen(*a);
        g_autofree char *quoted = plain ? g_strdup(*a) : g_shell_quote(*a);

        g_string_append_printf(line, " %s", quoted);
    }
    return g_string_free(g_steal_pointer(&line), FALSE);
}

static char *
make_recipe(const UmkCliMapLook *self,
            UmkCli *cli,
            const char *path,
            char **arguments,
            const UmkCliSource *source,
            UmkProjection *projection)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *fitted = umk_projection_to_json(projection);
    g_autofree char *command = command_line(arguments), *name = NULL, *digest = NULL;

    name = g_path_get_basename(path);
    digest = digest_of(source->vectors);
    json_builder_begin_object(builder);
    add_text(builder, "program", "umekomi");
    add_text(builder, "version", umk_get_version());
    add_text(builder, "command", command);
    add_text(builder, "source", name);
    add_text(builder, "vectors_sha256", digest);
    json_builder_set_member_name(builder, "n_items");
    json_builder_add_int_value(builder, (gint64) umk_matrix_get_n_rows(source->vectors));
    json_builder_set_member_name(builder, "n_dims");
    json_builder_add_int_value(builder, (gint64) umk_matrix_get_n_cols(source->vectors));
    json_builder_set_member_name(builder, "seed");
    json_builder_add_int_value(builder, cli->seed);
    if (isfinite(self->trustworthiness)) {
        json_builder_set_member_name(builder, "trustworthiness");
        json_builder_add_double_value(builder, self->trustworthiness);
    }
    json_builder_set_member_name(builder, "projection");
    json_builder_add_value(builder, json_from_string(fitted, NULL));
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_to_string(root, FALSE);
}

static void
set_axes(UmkCliMapLook *self, UmkProjection *projection)
{
    gsize n;
    const double *explained = umk_projection_get_explained(projection, &n);

    for (guint i = 0; n >= 2 && i < 2; i++)
        self->chart.axes[i] = g_strdup_printf(_("component %u (%.1f %% of the variance)"),
                                              i + 1, explained[i] * 100);
}

void
umk_cli_map_set_words(UmkCliMapLook *self,
                      UmkCli *cli,
                      const UmkCliMapOptions *options,
                      const char *path,
                      char **arguments,
                      const UmkCliSource *source,
                      UmkProjection *projection)
{
    const char *method = umk_projection_get_method(projection);
    g_autofree char *count = umk_chart_count(umk_matrix_get_n_rows(source->vectors));
    g_autofree char *dims = umk_chart_count(umk_matrix_get_n_cols(source->vectors));
    g_autoptr(GString) made = NULL;
    g_autofree char *seed = g_strdup_printf("%" G_GINT64_FORMAT, cli->seed);
    gsize n_explained;
    const double *explained = umk_projection_get_explained(projection, &n_explained);

    self->title = options->title != NULL ? g_strdup(options->title) : file_title(path);
    self->subtitle = g_strdup_printf(_("%s of %s items in %s dimensions"),
                                     umk_projection_get_title(method), count, dims);
    made = g_string_new(NULL);
    if (n_explained >= 2)
        g_string_append_printf(made, _("The two axes keep %.1f %% of the variance. "),
                               (explained[0] + explained[1]) * 100);
    if (isfinite(self->trustworthiness))
        g_string_append_printf(made, _("Trustworthiness of the %u nearest: %.3f. "),
                               NEIGHBORS, self->trustworthiness);
    self->caption =
        g_strdup_printf(_("%s %sSeed %s · Umekomi %s · the recipe is in this file."),
                        meaning_of(method), made->str, seed, umk_get_version());
    self->provenance = make_recipe(self, cli, path, arguments, source, projection);
    self->chart.title = self->title;
    self->chart.subtitle = self->subtitle;
    self->chart.caption = self->caption;
    self->chart.provenance = self->provenance;
    set_axes(self, projection);
}
