/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For plugin authors only: the tables a plugin offers and the calls it may make while it
 * works. A plugin is one constant UmkPlugin behind one query function; it runs no code
 * when it is loaded and registers nothing by itself. See
 * engine/doc/writing-an-embedder.md. */
#ifndef UMK_PLUGIN_H
#define UMK_PLUGIN_H

#include <umekomi/umekomi.h>

G_BEGIN_DECLS

/**
 * UMK_PLUGIN_ABI:
 *
 * Bumped on any break; the loader demands equality.
 */
#define UMK_PLUGIN_ABI 3u

gboolean umk_run_check(UmkRun *run, GError **error);
void umk_run_report(UmkRun *run, const char *stage, double fraction);
void *umk_run_scratch(UmkRun *run, gsize size, gsize align);

/**
 * UmkEmbedderOps:
 * @struct_size: sizeof at plugin build; the tail may grow
 * @id: unique name, lower case, words joined by '-'
 * @title: name for people
 * @modality: what it embeds
 * @params: (nullable): further options beyond umk_model_get_param_specs(), or %NULL
 * @n_params: how many
 * @probe: (nullable): 0 to 100, how surely the folder at path is a model of this kind;
 *   config is the folder's config.json. %NULL: a method without a model folder, chosen by
 * id
 * @model_load: weights and config from a folder (path is %NULL without a folder)
 * @model_free: the reverse
 * @model_n_dims: length of its vectors
 * @session_new: mutable state of one thread
 * @session_free: the reverse
 * @session_embed: writes n_items rows, out_stride floats apart; fails as a whole
 * @batch_hint: items a call works best with; 0 leaves it to the engine
 * @tokenize: (nullable): optional, ids (guint32) and pieces (char *) of one text
 * @session_rank: (nullable): optional, how well each item answers a query, one score an
 *   item, larger is better; who has it may have no vectors
 * @model_n_token_dims: (nullable): optional, length of the vectors of single tokens; 0
 *   where the model has none
 * @session_embed_tokens: (nullable): optional, appends the vectors of one item's tokens
 *   to an array of floats
 * @session_get_counts: (nullable): optional, what the session has done so far
 * @describe: (nullable): optional, a JSON object about the model for people and tools:
 *   prompts, tasks, dims, max_tokens and whatever else there is to tell
 * @session_measure_norms: (nullable): optional, how long each item's vector is before it
 *   is brought to length 1, one number an item; for towers that were taught to be silent
 *   about what means nothing
 */
typedef struct {
    guint32 struct_size;
    const char *id;
    const char *title;
    UmkModality modality;
    const UmkParamSpec *params;
    gsize n_params;
    guint (*probe)(const char *path, const guint8 *config, gsize config_len);
    gpointer (*model_load)(const char *path,
                           UmkParams *params,
                           UmkRun *run,
                           GError **error);
    void (*model_free)(gpointer model);
    gsize (*model_n_dims)(gconstpointer model);
    gpointer (*session_new)(gconstpointer model, GError **error);
    void (*session_free)(gpointer session);
    gboolean (*session_embed)(gpointer session,
                              UmkItem *const *items,
                              gsize n_items,
                              float *out,
                              gsize out_stride,
                              UmkRun *run,
                              GError **error);
    guint32 batch_hint;
    gboolean (*tokenize)(gconstpointer model,
                         const char *text,
                         GArray *ids,
                         GPtrArray *pieces,
                         GError **error);
    gboolean (*session_rank)(gpointer session,
                             const char *query,
                             UmkItem *const *items,
                             gsize n_items,
                             float *scores,
                             UmkRun *run,
                             GError **error);
    gsize (*model_n_token_dims)(gconstpointer model);
    gboolean (*session_embed_tokens)(
        gpointer session, UmkItem *item, GArray *values, UmkRun *run, GError **error);
    void (*session_get_counts)(gconstpointer session, UmkEmbedCounts *counts);
    char *(*describe)(gconstpointer model);
    gboolean (*session_measure_norms)(gpointer session,
                                      UmkItem *const *items,
                                      gsize n_items,
                                      float *norms,
                                      UmkRun *run,
                                      GError **error);
} UmkEmbedderOps;

/**
 * UmkFeatureOps:
 * @struct_size: sizeof at plugin build
 * @id: for example "mfcc"
 * @title: name for people
 * @modality: what it reads
 * @presets: (array zero-terminated=1): named conventions; the first is the default
 * @params: options that override the preset where they are set
 * @n_params: how many
 * @compute: the features of one item, one row a frame
 */
typedef struct {
    guint32 struct_size;
    const char *id;
    const char *title;
    UmkModality modality;
    const char *const *presets;
    const UmkParamSpec *params;
    gsize n_params;
    UmkMatrix *(*compute)(UmkItem *item,
                          const char *preset,
                          UmkParams *params,
                          UmkRun *run,
                          GError **error);
} UmkFeatureOps;

/**
 * UmkPreviewOps:
 * @struct_size: sizeof at plugin build
 * @modality: whose items it shows
 * @preview: pixels no larger than size on the longer side, or a waveform of size columns
 */
typedef struct {
    guint32 struct_size;
    const char *id;
    UmkModality modality;
    UmkPreview *(*preview)(UmkItem *item, guint size, UmkRun *run, GError **error);
} UmkPreviewOps;

/**
 * UmkPlugin:
 * @abi: %UMK_PLUGIN_ABI
 * @struct_size: sizeof (UmkPlugin)
 * @name: of the plugin
 * @version: of the plugin; in-tree modules must equal the library's
 * @license: SPDX expression
 * @embedders: (array zero-terminated=1) (nullable): what it embeds
 * @features: (array zero-terminated=1) (nullable): what features it computes
 * @previews: (array zero-terminated=1) (nullable): what it can show
 */
typedef struct {
    guint32 abi;
    guint32 struct_size;
    const char *name;
    const char *version;
    const char *license;
    const UmkEmbedderOps *const *embedders;
    const UmkFeatureOps *const *features;
    const UmkPreviewOps *const *previews;
} UmkPlugin;

/**
 * UmkPluginQueryFunc:
 *
 * The one exported function of a module, named umk_plugin_query.
 *
 * Returns: (transfer none): the plugin's table
 */
typedef const UmkPlugin *(*UmkPluginQueryFunc)(void);

/**
 * UMK_PLUGIN_DEFINE:
 * @sym: C name of the constant UmkPlugin, also its name in the built-in table
 *
 * Ends a plugin: in a module it yields the query function, in a built-in the symbol
 * that the table of built-ins names.
 */
#ifdef UMK_PLUGIN_BUILTIN
#define UMK_PLUGIN_DEFINE(sym)                                                           \
    const UmkPlugin *_umk_builtin_##sym(void);                                           \
    const UmkPlugin *_umk_builtin_##sym(void)                                            \
    {                                                                                    \
        return &sym;                                                                     \
    }
#else
#define UMK_PLUGIN_DEFINE(sym)                                                           \
    G_MODULE_EXPORT const UmkPlugin *umk_plugin_query(void);                             \
    G_MODULE_EXPORT const UmkPlugin *umk_plugin_query(void)                              \
    {                                                                                    \
        return &sym;                                                                     \
    }
#endif

G_END_DECLS

#endif
