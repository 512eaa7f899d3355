/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of file kinds. Decoders look at the content; the name only decides which. */
#include "facade/umk-ingest-private.h"

#include <string.h>

const UmkKind _umk_kinds[] = {
    {".txt .text .md .markdown .rst ", UMK_MODALITY_TEXT, _umk_ingest_text},
    {".csv .tsv .jsonl .ndjson ", UMK_MODALITY_TEXT, _umk_ingest_table},
    {".edgelist .edges .graphml ", UMK_MODALITY_GRAPH, _umk_ingest_graph},
    {".png .jpg .jpeg .jpe .webp .gif .bmp .tif .tiff .svg .heic .heif .avif .jp2 .ppm "
     ".pgm ",
     UMK_MODALITY_IMAGE, _umk_ingest_image},
    {".wav .flac .ogg .oga .opus .mp3 .aiff .aif .au .snd .caf ", UMK_MODALITY_AUDIO,
     _umk_ingest_audio},
    {NULL, UMK_MODALITY_TEXT, NULL},
};

/* NULL if the name says nothing. */
const UmkKind *
_umk_kind_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    g_autofree char *lower = NULL;
    g_autofree char *suffix = NULL;

    if (dot == NULL || strchr(dot, G_DIR_SEPARATOR) != NULL)
        return NULL;
    lower = g_ascii_strdown(dot, -1);
    suffix = g_strconcat(lower, " ", NULL);
    for (const UmkKind *kind = _umk_kinds; kind->suffixes != NULL; kind++)
        if (strstr(kind->suffixes, suffix) != NULL)
            return kind;
    return NULL;
}

/**
 * umk_modality_of_file:
 * @path: (type filename): a file; it is not opened
 * @modality: (out): what it holds, by its name
 *
 * Returns: %FALSE if the name does not tell
 */
gboolean
umk_modality_of_file(const char *path, UmkModality *modality)
{
    const UmkKind *kind;

    g_return_val_if_fail(path != NULL && modality != NULL, FALSE);
    kind = _umk_kind_of(path);
    if (kind == NULL)
        return FALSE;
    *modality = kind->modality;
    return TRUE;
}
