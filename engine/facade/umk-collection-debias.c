/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Debiases that are kept with a collection: views that people made, under names. */
#include <umekomi/umk-debias.h>

#include <umekomi/umk-error.h>
#include <umekomi/umk-space.h>

#include "store/umk-kept-private.h"

#include <glib/gi18n-lib.h>

#define KIND "debias"

/**
 * umk_collection_add_debias:
 * @self: a collection open for writing
 * @name: under which to find it again; one that is taken is refused
 * @debias: a debias fitted in the dimension of the collection's space
 * @error: return location for an error
 *
 * Keeps a debias beside the vectors, which stay as they are. It is on disk when this
 * returns, needs no commit, and outlives commits and compacting.
 *
 * Returns: whether it was kept
 */
gboolean
umk_collection_add_debias(UmkCollection *self,
                          const char *name,
                          UmkDebias *debias,
                          GError **error)
{
    g_autoptr(GBytes) bytes = NULL;
    gsize n_dims;

    g_return_val_if_fail(self != NULL, FALSE);
    g_return_val_if_fail(name != NULL, FALSE);
    g_return_val_if_fail(debias != NULL, FALSE);
    n_dims = umk_space_get_n_dims(umk_collection_get_space(self));
    if (umk_debias_get_n_dims(debias) != n_dims) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_DIMENSION,
            _("The debias was fitted in %zu dimensions, the space of “%s” has %zu"),
            umk_debias_get_n_dims(debias), umk_collection_get_path(self), n_dims);
        return FALSE;
    }
    bytes = umk_debias_to_bytes(debias);
    return _umk_kept_add(self, KIND, name, bytes, error);
}

/**
 * umk_collection_list_debiases:
 * @self: a collection
 *
 * Returns: (transfer full) (array zero-terminated=1): names for
 *   umk_collection_load_debias(), sorted
 */
char **
umk_collection_list_debiases(UmkCollection *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return _umk_kept_list(self, KIND);
}

/**
 * umk_collection_load_debias:
 * @self: a collection
 * @name: name it was kept under
 * @error: return location for an error
 *
 * Fails with %UMK_ERROR_NOT_FOUND if there is none, and with %UMK_ERROR_INVALID_DATA if
 * it is damaged.
 *
 * Returns: (transfer full): the debias
 */
UmkDebias *
umk_collection_load_debias(UmkCollection *self, const char *name, GError **error)
{
    g_autoptr(GBytes) bytes = NULL;

    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(name != NULL, NULL);
    bytes = _umk_kept_load(self, KIND, name, error);
    return bytes != NULL ? umk_debias_from_bytes(bytes, error) : NULL;
}

/**
 * umk_collection_remove_debias:
 * @self: a collection open for writing
 * @name: name it was kept under
 * @error: return location for an error
 *
 * Returns: whether it was there and is removed
 */
gboolean
umk_collection_remove_debias(UmkCollection *self, const char *name, GError **error)
{
    g_return_val_if_fail(self != NULL, FALSE);
    g_return_val_if_fail(name != NULL, FALSE);
    return _umk_kept_remove(self, KIND, name, error);
}
