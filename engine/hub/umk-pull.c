/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Downloads a model: asks what it consists of, fetches each file into a folder beside the
 * store, checks its digest, and renames the folder when all are there. What was fetched
 * stays when it is stopped, so that the same call goes on from there.
 *
 *   models/.partial/NAME-KEY/…    KEY stands for the list of files and digests
 */
#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include "core/umk-run-private.h"
#include "hub/umk-digests-private.h"
#include "hub/umk-fetch-private.h"
#include "hub/umk-model-folders-private.h"
#include "hub/umk-model-record-private.h"
#include "hub/umk-model-store-private.h"

#define HUB           "https://huggingface.co"
#define MAX_LISTING   (4u << 20)
#define SPACE_TO_KEEP (64u << 20)

typedef struct {
    char *base;       /* files are at base + "/" + name */
    char *source;     /* for the record */
    char *name;       /* what the source suggests */
    GPtrArray *files; /* UmkFileDigest */
} Plan;

static void
plan_clear(Plan *plan)
{
    g_free(plan->base);
    g_free(plan->source);
    g_free(plan->name);
    g_clear_pointer(&plan->files, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Plan, plan_clear)

/* The hub, or a mirror of it, named as its own client wants it named. */
static char *
hub_address(void)
{
    const char *value = g_getenv("HF_ENDPOINT");
    char *address = g_strdup(value != NULL && value[0] != '\0' ? value : HUB);

    while (g_str_has_suffix(address, "/"))
        address[strlen(address) - 1] = '\0';
    return address;
}

/* "org/name" or "org/name@revision" */
static gboolean
plan_from_hub(Plan *plan, const char *id, UmkFetcher *fetcher, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(id, "@", 2);
    g_autofree char *hub = hub_address();
    g_autofree char *commit = NULL;
    g_autofree char *listing = NULL;
    g_autofree char *revision =
        g_uri_escape_string(parts[1] ? parts[1] : "main", NULL, FALSE);
    g_autofree char *url = g_strdup_printf("%s/api/models/%s/revision/%s?blobs=true", hub,
                                           parts[0], revision);
    gsize length;

    listing = _umk_fetcher_get(fetcher, url, MAX_LISTING, &length, error);
    if (listing == NULL)
        return FALSE;
    plan->files = _umk_hub_listing_parse(listing, length, &commit, error);
    if (plan->files == NULL) {
        g_prefix_error(error, "%s: ", url);
        return FALSE;
    }
    plan->base = g_strdup_printf("%s/%s/resolve/%s", hub, parts[0], commit);
    plan->source = g_strdup_printf("%s@%s", parts[0], commit);
    plan->name = g_strdup(strchr(parts[0], '/') + 1);
    return TRUE;
}

/* An address whose SHA256SUMS says what is there. */
static gboolean
plan_from_address(Plan *plan, const char *address, UmkFetcher *fetcher, GError **error)
{
    g_autofree char *base = g_strdup(address);
    g_autofree char *url = NULL;
    g_autofree char *sums = NULL;
    gsize length;

    while (g_str_has_suffix(base, "/"))
        base[strlen(base) - 1] = '\0';
    url = g_strconcat(base, "/SHA256SUMS", NULL);
    sums = _umk_fetcher_get(fetcher, url, MAX_LISTING, &length, error);
    if (sums == NULL) {
        if (error != NULL && g_error_matches(*error, UMK_ERROR, UMK_ERROR_NOT_FOUND))
            g_prefix_error(error, _("A list of digests is needed, as “sha256sum” of all "
                                    "files prints it: "));
        return FALSE;
    }
    plan->files = _umk_sums_parse(sums, length, error);
    if (plan->files == NULL) {
        g_prefix_error(error, "%s: ", url);
        return FALSE;
    }
    plan->name = g_path_get_basename(base);
    plan->source = g_strdup(base);
    plan->base = g_steal_pointer(&base);
    return TRUE;
}

/* ORG/NAME or ORG/NAME@REVISION, of the characters the hub allows. */
static gboolean
is_hub_id(const char *source)
{
    return g_regex_match_simple("^[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*"
                                "(@[A-Za-z0-9][A-Za-z0-9._/-]*)?$",
                                source, G_REGEX_DOLLAR_ENDONLY, 0);
}

static gboolean
make_plan(Plan *plan,
          const char *source,
          gboolean allow_http,
          UmkFetcher *fetcher,
          GError **error)
{
    if (strstr(source, "://") != NULL)
        return _umk_fetch_check_url(source, allow_http, error) &&
               plan_from_address(plan, source, fetcher, error);
    if (is_hub_id(source))
        return plan_from_hub(plan, source, fetcher, error);
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                _("“%s” is neither an address nor an “org/name” of the Hugging Face hub"),
                source);
    return FALSE;
}

/* Two lists are the same if a part of one download can go on as the other. */
static char *
plan_key(const Plan *plan)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    for (guint i = 0; i < plan->files->len; i++) {
        const UmkFileDigest *file = plan->files->pdata[i];

        g_checksum_update(sum, (const guchar *) file->name, -1);
        g_checksum_update(sum, (const guchar *) file->digest, -1);
    }
    return g_strndup(g_checksum_get_string(sum), 12);
}

static gint64
plan_size(const Plan *plan)
{
    gint64 whole = 0;

    for (guint i = 0; i < plan->files->len; i++) {
        gint64 size = ((const UmkFileDigest *) plan->files->pdata[i])->size;

        if (size < 0 || whole > G_MAXINT64 - size)
            return 0;
        whole += size;
    }
    return whole;
}

static gboolean
check_space(const char *folder, gint64 whole, GError **error)
{
    struct statvfs disk;
    guint64 left;

    if (statvfs(folder, &disk) != 0)
        return TRUE;
    left = (guint64) disk.f_bavail * disk.f_frsize;
    if (left >= SPACE_TO_KEEP && (guint64) whole <= left - SPACE_TO_KEEP)
        return TRUE;
    {
        g_autofree char *need = g_format_size((guint64) whole);
        g_autofree char *have = g_format_size(left);

        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC,
                    _("The model takes %s, and %s are left in %s"), need, have, folder);
    }
    return FALSE;
}

/* Fetches one file and checks it; what is wrong is deleted, so that the next try begins
 * anew. */
static gboolean
fetch_file(const Plan *plan,
           UmkFileDigest *file,
           const char *folder,
           gint64 done,
           gint64 whole,
           UmkFetcher *fetcher,
           UmkRun *run,
           GError **error)
{
    g_autofree char *escaped = g_uri_escape_string(file->name, "/", FALSE);
    g_autofree char *url = g_strconcat(plan->base, "/", escaped, NULL);
    g_autofree char *path = g_build_filename(folder, file->name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    g_autofree char *digest = NULL;

    if (g_mkdir_with_parents(parent, 0755) != 0) {
        int saved = errno;

        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(saved), "%s: %s", parent,
                    g_strerror(saved));
        return FALSE;
    }
    if (!_umk_fetcher_download(fetcher, url, path, file->size, file->name, done, whole,
                               error))
        return FALSE;
    digest = _umk_digest_of_file(path, file->kind, run, error);
    if (digest == NULL)
        return FALSE;
    if (g_ascii_strcasecmp(digest, file->digest) == 0)
        return TRUE;
    g_unlink(path);
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("%s has the digest %s, expected %s; it was not kept"), url, digest,
                file->digest);
    return FALSE;
}

static gboolean
fetch_all(const Plan *plan,
          const char *folder,
          UmkFetcher *fetcher,
          UmkRun *run,
          GError **error)
{
    gint64 whole = plan_size(plan), done = 0;

    if (!check_space(folder, whole, error))
        return FALSE;
    for (guint i = 0; i < plan->files->len; i++) {
        UmkFileDigest *file = plan->files->pdata[i];

        if (!fetch_file(plan, file, folder, done, whole, fetcher, run, error))
            return FALSE;
        done += MAX(file->size, 0);
    }
    return _umk_model_folder_check(folder, error);
}

/* The folder is whole: its digests are noted and it gets its name. */
static gboolean
commit(
    const Plan *plan, const char *folder, const char *name, UmkRun *run, GError **error)
{
    g_autofree char *store = _umk_model_store_folder();
    g_autofree char *to = g_build_filename(store, name, NULL);
    g_autoptr(GPtrArray) files = _umk_digests_of_folder(folder, run, error);
    g_autoptr(UmkModelRecord) record = NULL;

    if (files == NULL)
        return FALSE;
    record = _umk_model_record_new(plan->source, files);
    if (!_umk_model_record_write(record, name, error))
        return FALSE;
    if (g_rename(folder, to) == 0)
        return TRUE;
    {
        int saved = errno;

        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(saved), "%s: %s", to,
                    g_strerror(saved));
    }
    return FALSE;
}

/**
 * umk_hub_pull:
 * @source: "org/name" or "org/name@revision" of the Hugging Face hub (or of the mirror
 *   that HF_ENDPOINT names), or an address below which a SHA256SUMS file lists the
 *   model's files
 * @name: (nullable): what to call it; %NULL takes the last part of @source
 * @flags: whether plain HTTP is allowed; from this machine it always is
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call): told how far it is
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Downloads a model into the user's store. Every file is checked against its digest. A
 * download that was stopped goes on when the same is asked again. Apart from this
 * function nothing in the library opens a network connection.
 *
 * Returns: (transfer full): the name it has now
 */
char *
umk_hub_pull(const char *source,
             const char *name,
             UmkHubFlags flags,
             GCancellable *cancellable,
             UmkProgressFunc progress,
             gpointer progress_data,
             GError **error)
{
    gboolean allow_http = (flags & UMK_HUB_ALLOW_HTTP) != 0;
    g_auto(UmkRun) run = {0};
    g_auto(Plan) plan = {0};
    g_autoptr(UmkFetcher) fetcher = NULL;
    g_autofree char *store = _umk_model_store_folder();
    g_autofree char *chosen = g_strdup(name);
    g_autofree char *key = NULL;
    g_autofree char *part = NULL;
    g_autofree char *folder = NULL;

    g_return_val_if_fail(source != NULL, NULL);
    _umk_run_init(&run, cancellable, progress, progress_data);
    if (name != NULL &&
        (!_umk_model_name_check(name, error) || !_umk_model_name_is_free(name, error)))
        return NULL;
    fetcher = _umk_fetcher_new(allow_http, &run, error);
    if (fetcher == NULL || !make_plan(&plan, source, allow_http, fetcher, error))
        return NULL;
    if (chosen == NULL)
        chosen = g_strdup(plan.name);
    if (!_umk_model_name_check(chosen, error) || !_umk_model_name_is_free(chosen, error))
        return NULL;
    key = plan_key(&plan);
    part = g_strdup_printf("%s-%s", chosen, key);
    folder = g_build_filename(store, ".partial", part, NULL);
    if (g_mkdir_with_parents(folder, 0755) != 0) {
        int saved = errno;

        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(saved), "%s: %s", folder,
                    g_strerror(saved));
        return NULL;
    }
    if (!fetch_all(&plan, folder, fetcher, &run, error) ||
        !commit(&plan, folder, chosen, &run, error))
        return NULL;
    return g_steal_pointer(&chosen);
}
