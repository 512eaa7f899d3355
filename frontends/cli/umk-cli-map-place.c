/* SPDX-License-Identifier: GPL-3.0-or-later */
/* map --place-on: new items on an earlier map, whose items stay where they are. */
#include "umk-cli-map.h"

#include <math.h>
#include <string.h>

/* The rows that the map has, or those that it has not. */
static UmkMatrix *
select_rows(UmkMatrix *all, UmkMatrix *places, gboolean on_map, GError **error)
{
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(guint64));

    for (guint64 i = 0; i < umk_matrix_get_n_rows(places); i++)
        if (isnan(umk_matrix_get_row(places, i, NULL)[0]) != on_map)
            g_array_append_val(rows, i);
    return umk_matrix_select_rows(all, (const guint64 *) (gpointer) rows->data, rows->len,
                                  error);
}

/* The places of the new ones go where there were none. */
static UmkMatrix *
fill(UmkMatrix *places, UmkMatrix *fresh, GError **error)
{
    gsize n = umk_matrix_get_n_rows(places), d = umk_matrix_get_n_cols(places), next = 0;
    g_autofree float *coords = g_new(float, n *d + 1);

    for (gsize i = 0; i < n; i++) {
        const float *place = umk_matrix_get_row(places, i, NULL);

        if (isnan(place[0]))
            place = umk_matrix_get_row(fresh, next++, NULL);
        memcpy(coords + i * d, place, d * sizeof *coords);
    }
    return umk_matrix_new_from_data(n, d, coords, error);
}

UmkProjection *
umk_cli_map_place(UmkCli *cli,
                  const UmkCliMapOptions *o,
                  const char *method,
                  const UmkCliSource *source,
                  UmkParams *params,
                  UmkMatrix **coords,
                  GError **error)
{
    g_autoptr(UmkMatrix) places =
        umk_cli_map_read_anchor(cli, o->place_on, source, TRUE, error);
    g_autoptr(UmkMatrix) vectors = NULL, known = NULL, fresh = NULL, placed = NULL;
    g_autoptr(UmkProjection) map = NULL;

    if (places == NULL ||
        (vectors = select_rows(source->vectors, places, TRUE, error)) == NULL ||
        (known = select_rows(places, places, TRUE, error)) == NULL ||
        (fresh = select_rows(source->vectors, places, FALSE, error)) == NULL)
        return NULL;
    if (umk_matrix_get_n_rows(known) == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("None of the items is on the map “%s”, so the others cannot be "
                      "placed among them"),
                    o->place_on);
        return NULL;
    }
    map = umk_projection_restore(method, vectors, known, params, cli->cancellable,
                                 umk_cli_progress, cli, error);
    placed = map != NULL ? umk_projection_transform(map, fresh, error) : NULL;
    *coords = placed != NULL ? fill(places, placed, error) : NULL;
    return *coords != NULL ? g_steal_pointer(&map) : NULL;
}
