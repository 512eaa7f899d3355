/* SPDX-License-Identifier: GPL-3.0-or-later */
/* open_clip publishes CLIP models in a layout of its own: open_clip_config.json, other
 * names, query, key and value in one tensor, projections the other way round. Here it
 * becomes that of transformers' CLIPModel, so that whoever reads the one reads both. */
#pragma once

#include "io/umk-weights-private.h"

/* Whether the folder has an open_clip_config.json and no config.json. */
gboolean _umk_open_clip_is_folder(const char *folder);
/* The content of an open_clip_config.json as a config.json, with what is done to pictures
 * under "pretrained_cfg" as timm writes it. A tower that is no plain CLIP transformer is
 * refused. Release with g_free. */
char *_umk_open_clip_translate_config(const char *data, gsize length, GError **error);
/* The same for the file of a folder. */
char *_umk_open_clip_read_config(const char *folder, GError **error);
/* Adds the names of CLIPModel to the tensors of an open_clip checkpoint; does nothing to
 * another. */
void _umk_open_clip_translate_weights(UmkWeights *weights);
