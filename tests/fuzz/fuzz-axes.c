/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A formula of rows from anyone: an error, or an axis. */
#include <umekomi/umekomi.h>

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const float rows[] = {1, 0, 0, 1, 2, 3, 0, 0};
    g_autofree char *formula = g_strndup((const char *) data, size);
    g_autoptr(UmkMatrix) vectors = umk_matrix_new_from_data(4, 2, rows, NULL);
    gsize n_specs;
    const UmkParamSpec *specs = umk_projection_get_params("axes", &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autoptr(UmkProjection) map = NULL;
    g_autoptr(GError) error = NULL;

    umk_params_set(params, "x", formula, NULL);
    umk_params_set(params, "y", "1", NULL);
    map = umk_projection_fit("axes", vectors, params, NULL, NULL, NULL, &error);
    g_assert_true((map == NULL) == (error != NULL));
    if (map != NULL)
        g_assert_true(umk_matrix_check_finite(umk_projection_get_coords(map), NULL));
    return 0;
}
