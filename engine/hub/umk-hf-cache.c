/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds models that another program downloaded, so that nobody downloads them twice. */
#include "hub/umk-hf-cache-private.h"
#include "hub/umk-model-folders-private.h"

#include <glib/gstdio.h>

#include <string.h>

#define PREFIX "models--"

/* As the client looks for it. */
static char *
cache_folder(void)
{
    const char *hub = g_getenv("HF_HUB_CACHE"), *home = g_getenv("HF_HOME");

    if (hub != NULL && hub[0] != '\0')
        return g_strdup(hub);
    if (home != NULL && home[0] != '\0')
        return g_build_filename(home, "hub", NULL);
    return g_build_filename(g_get_user_cache_dir(), "huggingface", "hub", NULL);
}

/* The commit in refs/main if its snapshot is there, else the snapshot changed last. */
static char *
find_snapshot(const char *repository)
{
    g_autofree char *snapshots = g_build_filename(repository, "snapshots", NULL);
    g_autofree char *ref = g_build_filename(repository, "refs", "main", NULL);
    g_autofree char *commit = NULL;
    g_autofree char *best = NULL;
    g_autoptr(GDir) dir = NULL;
    const char *name;
    gint64 newest = G_MININT64;

    if (g_file_get_contents(ref, &commit, NULL, NULL)) {
        g_autofree char *path = g_build_filename(snapshots, g_strstrip(commit), NULL);

        if (strchr(commit, G_DIR_SEPARATOR) == NULL && _umk_model_folder_probe(path))
            return g_steal_pointer(&path);
    }
    dir = g_dir_open(snapshots, 0, NULL);
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(snapshots, name, NULL);
        GStatBuf info;

        if (g_stat(path, &info) != 0 || (gint64) info.st_mtime < newest ||
            !_umk_model_folder_probe(path))
            continue;
        newest = (gint64) info.st_mtime;
        g_free(best);
        best = g_steal_pointer(&path);
    }
    return g_steal_pointer(&best);
}

char *
_umk_hf_cache_find(const char *name)
{
    const char *slash = strchr(name, '/');
    g_autofree char *cache = NULL;
    g_autofree char *folder = NULL;
    g_autofree char *repository = NULL;

    if (slash == NULL || slash == name || slash[1] == '\0' || strchr(slash + 1, '/') ||
        name[0] == '.' || slash[1] == '.')
        return NULL;
    cache = cache_folder();
    folder = g_strdup_printf(PREFIX "%.*s--%s", (int) (slash - name), name, slash + 1);
    repository = g_build_filename(cache, folder, NULL);
    return find_snapshot(repository);
}

void
_umk_hf_cache_list(GPtrArray *names)
{
    g_autofree char *cache = cache_folder();
    g_autoptr(GDir) dir = g_dir_open(cache, 0, NULL);
    const char *entry;

    while (dir != NULL && (entry = g_dir_read_name(dir)) != NULL) {
        const char *rest = entry + strlen(PREFIX), *dashes;
        g_autofree char *name = NULL;
        g_autofree char *path = NULL;

        if (!g_str_has_prefix(entry, PREFIX) || (dashes = strstr(rest, "--")) == NULL)
            continue;
        name = g_strdup_printf("%.*s/%s", (int) (dashes - rest), rest, dashes + 2);
        path = _umk_hf_cache_find(name);
        if (path != NULL)
            g_ptr_array_add(names, g_steal_pointer(&name));
    }
}
