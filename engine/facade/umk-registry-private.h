/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the rest of the facade asks the registry for tables. */
#pragma once

#include <umekomi/umk-plugin.h>

const UmkEmbedderOps *_umk_registry_probe_embedder(UmkRegistry *self,
                                                   UmkModality modality,
                                                   const char *folder,
                                                   const guint8 *config,
                                                   gsize config_len);
const UmkEmbedderOps *_umk_registry_get_embedder(UmkRegistry *self, const char *id);
const UmkFeatureOps *_umk_registry_get_feature(UmkRegistry *self, const char *id);
const UmkPreviewOps *_umk_registry_get_preview(UmkRegistry *self, UmkModality modality);
char **_umk_registry_list_features(UmkRegistry *self);
gboolean
_umk_registry_add_plugin(UmkRegistry *self, const UmkPlugin *plugin, gboolean in_tree);
