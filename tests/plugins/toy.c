/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A complete third-party plugin: an embedder of texts that counts letters. It uses public
 * headers only. Macros make the broken variants that the loader must refuse. */
#include <umekomi/umk-plugin.h>

#include <math.h>

#ifndef TOY_ID
#define TOY_ID "toy-letters"
#endif
#ifndef TOY_ABI
#define TOY_ABI UMK_PLUGIN_ABI
#endif
#ifndef TOY_SIZE
#define TOY_SIZE sizeof(UmkEmbedderOps)
#endif

#define N_DIMS 26

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    static int nothing_to_load;

    return &nothing_to_load;
}

static void
model_free(gpointer model)
{
}

static gsize
model_n_dims(gconstpointer model)
{
    return N_DIMS;
}

static gpointer
session_new(gconstpointer model, GError **error)
{
    return g_malloc(1);
}

G_GNUC_UNUSED static gboolean
session_embed(gpointer session,
              UmkItem *const *items,
              gsize n_items,
              float *out,
              gsize out_stride,
              UmkRun *run,
              GError **error)
{
    for (gsize i = 0; i < n_items; i++) {
        float *row = out + i * out_stride;
        float length = 0;

        if (!umk_run_check(run, error))
            return FALSE;
        for (const char *p = umk_item_get_text(items[i]); *p != '\0'; p++)
            if (g_ascii_isalpha(*p))
                row[g_ascii_tolower(*p) - 'a'] += 1;
        for (gsize j = 0; j < N_DIMS; j++)
            length += row[j] * row[j];
        if (length == 0) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        "The text has no letters");
            return FALSE;
        }
        for (gsize j = 0; j < N_DIMS; j++)
            row[j] /= sqrtf(length);
    }
    return TRUE;
}

static const UmkEmbedderOps letters = {
    .struct_size = TOY_SIZE,
    .id = TOY_ID,
    .title = "Counts letters",
    .modality = UMK_MODALITY_TEXT,
    .model_load = model_load,
    .model_free = model_free,
    .model_n_dims = model_n_dims,
    .session_new = session_new,
    .session_free = g_free,
#ifndef TOY_NULL_SLOT
    .session_embed = session_embed,
#endif
};

static const UmkEmbedderOps *const embedders[] = {&letters,
#ifdef TOY_TWICE
                                                  &letters,
#endif
                                                  NULL};

static const UmkPlugin toy = {
    .abi = TOY_ABI,
    .struct_size = sizeof(UmkPlugin),
    .name = "toy",
    .version = "1",
    .license = "GPL-3.0-or-later",
    .embedders = embedders,
};

UMK_PLUGIN_DEFINE(toy)
