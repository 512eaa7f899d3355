/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A debias of any bytes, once as they are and once with a checksum that fits, which no
 * fuzzer would find; one that is read can be applied, told of and written again. */
#include <umekomi/umekomi.h>

#include "store/umk-kept-private.h"

#include <stdint.h>
#include <string.h>

#define DIGEST_SIZE 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
look(GBytes *bytes)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkDebias) debias = umk_debias_from_bytes(bytes, &error);

    g_assert((debias == NULL) == (error != NULL));
    if (debias != NULL && umk_debias_get_n_dims(debias) <= 64) {
        static const char *const names[] = {"he", NULL};
        float zeros[64] = {0};
        g_autoptr(UmkMatrix) row =
            umk_matrix_new_from_data(1, umk_debias_get_n_dims(debias), zeros, NULL);
        g_autoptr(UmkMatrix) out = umk_debias_apply(debias, row, names, NULL, NULL);
        g_autoptr(GBytes) again = umk_debias_to_bytes(debias);
        g_autofree char *json = umk_debias_to_json(debias);

        g_assert_nonnull(out);
        g_assert_nonnull(json);
        g_assert_true(g_bytes_equal(bytes, again));
    }
}

/* What a collection keeps it in. */
static void
look_kept(GBytes *bytes)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) content = _umk_kept_parse(bytes, &error);

    g_assert((content == NULL) == (error != NULL));
    if (content != NULL)
        look(content);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);

    look(bytes);
    look_kept(bytes);
    if (size > DIGEST_SIZE) {
        g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
        g_autofree guint8 *copy = g_memdup2(data, size);
        g_autoptr(GBytes) fitting = NULL;
        gsize n_digest = DIGEST_SIZE;

        g_checksum_update(sum, data, (gssize) (size - DIGEST_SIZE));
        g_checksum_get_digest(sum, copy + size - DIGEST_SIZE, &n_digest);
        fitting = g_bytes_new(copy, size);
        look(fitting);
    }
    return 0;
}
