/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the config.json of a published audio model whose weights are not what it
 * says: an error, whatever sizes it claims. */
#include "umk-ast-private.h"
#include "umk-clap-private.h"
#include "umk-dvector-private.h"
#include "umk-whisper-private.h"
#include "umk-xvector-private.h"

#include <glib/gstdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *folder;

static void
write_file(const char *name, const void *data, gsize length)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GError) error = NULL;

    g_unlink(path);
    g_file_set_contents_full(path, data, (gssize) length, G_FILE_SET_CONTENTS_NONE, 0600,
                             &error);
    g_assert_no_error(error);
}

static void
remove_folder(void)
{
    static const char *const names[] = {"model.safetensors", "config.json",
                                        "preprocessor_config.json"};

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(folder, names[i], NULL);

        g_unlink(path);
    }
    g_rmdir(folder);
    g_free(folder);
}

static void
make_folder(void)
{
    const char *header =
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
    g_autoptr(GByteArray) file = g_byte_array_new();
    const guint64 length = GUINT64_TO_LE((guint64) strlen(header));
    const float x = 1;

    folder = g_dir_make_tmp("umk-fuzz-XXXXXX", NULL);
    g_byte_array_append(file, (const guint8 *) &length, sizeof length);
    g_byte_array_append(file, (const guint8 *) header, (guint) strlen(header));
    g_byte_array_append(file, (const guint8 *) &x, sizeof x);
    write_file("model.safetensors", file->data, file->len);
    write_file("preprocessor_config.json", "{}", 2);
    atexit(remove_folder);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const UmkEmbedderOps *const embedders[] = {
        &_umk_whisper_embedder, &_umk_ast_embedder,     &_umk_wav2vec2_embedder,
        &_umk_hubert_embedder,  &_umk_wavlm_embedder,   &_umk_clap_embedder,
        &_umk_dvector_embedder, &_umk_xvector_embedder, &_umk_speech_xvector_embedder,
    };
    gboolean written = FALSE;

    if (folder == NULL)
        make_folder();
    for (gsize i = 0; i < G_N_ELEMENTS(embedders); i++) {
        g_autoptr(GError) error = NULL;

        if (embedders[i]->probe(folder, data, size) == 0)
            continue;
        if (!written)
            write_file("config.json", data, size);
        written = TRUE;
        g_assert_null(embedders[i]->model_load(folder, NULL, NULL, &error));
        g_assert_nonnull(error);
    }
    return 0;
}
