/* SPDX-License-Identifier: GPL-3.0-or-later */
/* map --align-to and --place-on: an earlier map's coordinates, brought into the order of
 * the rows. */
#include "umk-cli-map.h"

#include <math.h>
#include <string.h>

/* NULL where the map has no names of its own: then row stands for row. */
static GHashTable *
index_names(char **names)
{
    GHashTable *rows;

    if (names == NULL)
        return NULL;
    rows = g_hash_table_new(g_str_hash, g_str_equal);
    for (gsize i = 0; names[i] != NULL; i++)
        if (!g_hash_table_contains(rows, names[i]))
            g_hash_table_insert(rows, names[i], GSIZE_TO_POINTER(i));
    return rows;
}

static gboolean
check(const char *path,
      UmkMatrix *map,
      char **names,
      gsize n,
      gboolean others_follow,
      GError **error)
{
    gsize d = umk_matrix_get_n_cols(map), n_there = umk_matrix_get_n_rows(map);

    if (d != 2 && d != 3) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("“%s” has %zu columns, expected a map of 2 or 3"), path, d);
        return FALSE;
    }
    if (names == NULL && (n_there > n || (n_there < n && !others_follow))) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("“%s” has %zu rows without names, there are %zu items; write the "
                      "map as .vec to match them by name"),
                    path, n_there, n);
        return FALSE;
    }
    return umk_matrix_check_finite(map, error);
}

UmkMatrix *
umk_cli_map_read_anchor(UmkCli *cli,
                        const char *path,
                        const UmkCliSource *source,
                        gboolean others_follow,
                        GError **error)
{
    g_auto(GStrv) names = NULL;
    g_autoptr(UmkMatrix) map = umk_vectors_read(path, &names, error);
    g_autoptr(GHashTable) rows = NULL;
    g_autofree float *places = NULL;
    gsize n = umk_matrix_get_n_rows(source->vectors), d, found = 0;

    if (map == NULL || !check(path, map, names, n, others_follow, error))
        return NULL;
    d = umk_matrix_get_n_cols(map);
    rows = index_names(names);
    places = g_new(float, n *d + 1);
    for (gsize i = 0; i < n; i++) {
        gpointer at = GSIZE_TO_POINTER(i);

        if (rows == NULL
                ? i < umk_matrix_get_n_rows(map)
                : g_hash_table_lookup_extended(rows, source->names[i], NULL, &at)) {
            memcpy(places + i * d, umk_matrix_get_row(map, GPOINTER_TO_SIZE(at), NULL),
                   d * sizeof(float));
            found++;
        } else {
            for (gsize j = 0; j < d; j++)
                places[i * d + j] = NAN;
        }
    }
    umk_cli_message(cli, _("%zu of %zu items are on the map “%s”"), found, n, path);
    return umk_matrix_new_from_data(n, d, places, error);
}
