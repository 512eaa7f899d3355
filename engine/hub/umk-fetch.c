/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HTTP through libcurl. Only https is followed, except on this machine or where the
 * caller allows it; a redirection may not leave what is allowed. */
#include "hub/umk-fetch-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <gmodule.h>

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/umk-run-private.h"
#include "umk-config.h"

#define CONNECT_SECONDS 30L
#define STALL_SECONDS   60L /* below STALL_SPEED for so long: give up */
#define STALL_SPEED     64L /* bytes a second */
#define MAX_REDIRECTS   8L

/* The few functions of libcurl that are needed, found when it is loaded. */
typedef struct {
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *curl, CURLoption option, ...);
    CURLcode (*easy_perform)(CURL *curl);
    CURLcode (*easy_getinfo)(CURL *curl, CURLINFO info, ...);
    const char *(*easy_strerror)(CURLcode code);
    void (*easy_cleanup)(CURL *curl);
} Library;

struct _UmkFetcher {
    Library lib;
    CURL *curl;
    gboolean allow_http;
    UmkRun *run;
    /* of the call at hand */
    GByteArray *memory; /* or */
    int fd;
    gint64 have; /* bytes of the file that were there before */
    gint64 got, most;
    const char *label;
    gint64 done, whole;
    gboolean too_large, write_failed;
    char *host;
};

static gboolean
find_symbols(GModule *module, Library *lib)
{
    static const char *const names[] = {"curl_easy_init",     "curl_easy_setopt",
                                        "curl_easy_perform",  "curl_easy_getinfo",
                                        "curl_easy_strerror", "curl_easy_cleanup"};
    gpointer found[G_N_ELEMENTS(names)];

    G_STATIC_ASSERT(sizeof found == sizeof *lib);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (!g_module_symbol(module, names[i], &found[i]))
            return FALSE;
    memcpy(lib, found, sizeof found);
    return TRUE;
}

static gboolean
load_library(Library *lib, GError **error)
{
    static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        GModule *module =
            g_module_open(names[i], G_MODULE_BIND_LAZY | G_MODULE_BIND_LOCAL);

        if (module == NULL)
            continue;
        g_module_make_resident(module);
        if (find_symbols(module, lib))
            return TRUE;
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("Downloading needs libcurl (libcurl.so.4), which is not installed"));
    return FALSE;
}

/* The host of an address, lower case, without brackets, user and port; NULL if it is not
 * an address of the two schemes. */
static char *
dup_host(const char *url, gboolean *secure)
{
    g_autoptr(GUri) uri = g_uri_parse(url, G_URI_FLAGS_ENCODED, NULL);

    if (uri == NULL || g_uri_get_host(uri) == NULL || g_uri_get_host(uri)[0] == '\0')
        return NULL;
    *secure = g_str_equal(g_uri_get_scheme(uri), "https");
    if (!*secure && !g_str_equal(g_uri_get_scheme(uri), "http"))
        return NULL;
    return g_ascii_strdown(g_uri_get_host(uri), -1);
}

static gboolean
is_this_machine(const char *host)
{
    g_autoptr(GInetAddress) address = g_inet_address_new_from_string(host);

    return g_str_equal(host, "localhost") ||
           (address != NULL && g_inet_address_get_is_loopback(address));
}

gboolean
_umk_fetch_check_url(const char *url, gboolean allow_http, GError **error)
{
    gboolean secure = FALSE;
    g_autofree char *host = dup_host(url, &secure);

    if (host == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("“%s” is not an address that begins with https:// or http://"),
                    url);
        return FALSE;
    }
    if (secure || allow_http || is_this_machine(host))
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                _("“%s” would be fetched without encryption, and anyone on the way could "
                  "change it; use https, or --allow-http if you trust the way"),
                url);
    return FALSE;
}

/* Bytes of an error page, or of a whole file where its rest was asked for, are not the
 * file's: the first write of a transfer looks at the status. */
static gboolean
accept_status(UmkFetcher *self)
{
    long status = 0;

    self->lib.easy_getinfo(self->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200 && status != 206)
        return FALSE;
    if (self->fd >= 0 && self->have > 0 && status == 200) {
        if (ftruncate(self->fd, 0) != 0)
            return FALSE;
        self->have = 0;
    }
    return TRUE;
}

static size_t
take_bytes(char *data, size_t size, size_t n, void *user_data)
{
    UmkFetcher *self = user_data;
    size_t length = size * n, written = 0;

    if (self->got == 0 && !accept_status(self))
        return length; /* an error page, swallowed */
    self->got += (gint64) length;
    if (self->most >= 0 && self->have + self->got > self->most) {
        self->too_large = TRUE;
        return 0;
    }
    if (self->memory != NULL)
        g_byte_array_append(self->memory, (guint8 *) data, (guint) length);
    while (self->memory == NULL && written < length) {
        ssize_t once = write(self->fd, data + written, length - written);

        if (once < 0 && errno == EINTR)
            continue;
        if (once <= 0) {
            self->write_failed = TRUE;
            return 0;
        }
        written += (size_t) once;
    }
    return length;
}

static int
note_progress(void *user_data,
              curl_off_t total,
              curl_off_t now,
              curl_off_t up_total,
              curl_off_t up_now)
{
    UmkFetcher *self = user_data;

    if (!umk_run_check(self->run, NULL))
        return 1;
    if (self->label != NULL && self->whole > 0)
        umk_run_report(self->run, self->label,
                       MIN(1.0, (double) (self->done + self->have + self->got) /
                                    (double) self->whole));
    else if (self->label != NULL)
        umk_run_report(self->run, self->label, -1);
    return 0;
}

UmkFetcher *
_umk_fetcher_new(gboolean allow_http, UmkRun *run, GError **error)
{
    g_autoptr(UmkFetcher) self = g_new0(UmkFetcher, 1);
    Library *lib = &self->lib;

    self->fd = -1;
    self->run = run;
    self->allow_http = allow_http;
    if (!load_library(lib, error))
        return NULL;
    self->curl = lib->easy_init();
    if (self->curl == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_FAILED, _("libcurl could not start"));
        return NULL;
    }
    lib->easy_setopt(self->curl, CURLOPT_NOSIGNAL, 1L);
    lib->easy_setopt(self->curl, CURLOPT_FOLLOWLOCATION, 1L);
    lib->easy_setopt(self->curl, CURLOPT_MAXREDIRS, MAX_REDIRECTS);
    lib->easy_setopt(self->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    lib->easy_setopt(self->curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    lib->easy_setopt(self->curl, CURLOPT_LOW_SPEED_LIMIT, STALL_SPEED);
    lib->easy_setopt(self->curl, CURLOPT_LOW_SPEED_TIME, STALL_SECONDS);
    lib->easy_setopt(self->curl, CURLOPT_USERAGENT, "umekomi/" UMK_VERSION_STRING);
    lib->easy_setopt(self->curl, CURLOPT_NOPROGRESS, 0L);
    lib->easy_setopt(self->curl, CURLOPT_XFERINFOFUNCTION, note_progress);
    lib->easy_setopt(self->curl, CURLOPT_XFERINFODATA, self);
    lib->easy_setopt(self->curl, CURLOPT_WRITEFUNCTION, take_bytes);
    lib->easy_setopt(self->curl, CURLOPT_WRITEDATA, self);
    return g_steal_pointer(&self);
}

void
_umk_fetcher_free(UmkFetcher *self)
{
    if (self->curl != NULL)
        self->lib.easy_cleanup(self->curl);
    g_free(self);
}

static gboolean
set_failure(UmkFetcher *self, const char *url, CURLcode code, long status, GError **error)
{
    if (!umk_run_check(self->run, error))
        return FALSE;
    if (self->too_large)
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("%s is longer than the %" PRId64 " bytes that were announced"), url,
                    self->most);
    else if (self->write_failed)
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC,
                    _("%s could not be saved: the disk may be full"), url);
    else if (code != CURLE_OK)
        g_set_error(error, UMK_ERROR, UMK_ERROR_FAILED, _("%s: %s"), url,
                    self->lib.easy_strerror(code));
    else if (status == 404)
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("%s is not there (status 404)"), url);
    else
        g_set_error(error, UMK_ERROR, UMK_ERROR_FAILED,
                    _("%s: the server answered with status %ld"), url, status);
    return FALSE;
}

/* One transfer into memory or fd. */
static gboolean
perform(UmkFetcher *self, const char *url, long *status, GError **error)
{
    Library *lib = &self->lib;
    gboolean secure = FALSE;
    g_autofree char *host = dup_host(url, &secure);
    CURLcode code;

    if (!_umk_fetch_check_url(url, self->allow_http, error) ||
        !umk_run_check(self->run, error))
        return FALSE;
    self->got = 0;
    self->too_large = self->write_failed = FALSE;
    lib->easy_setopt(self->curl, CURLOPT_URL, url);
    lib->easy_setopt(self->curl, CURLOPT_REDIR_PROTOCOLS_STR,
                     self->allow_http || (!secure && is_this_machine(host)) ? "http,https"
                                                                            : "https");
    lib->easy_setopt(self->curl, CURLOPT_RESUME_FROM_LARGE, (curl_off_t) self->have);
    code = lib->easy_perform(self->curl);
    lib->easy_getinfo(self->curl, CURLINFO_RESPONSE_CODE, status);
    if (code == CURLE_OK && (*status == 200 || *status == 206))
        return TRUE;
    return set_failure(self, url, code, *status, error);
}

char *
_umk_fetcher_get(
    UmkFetcher *self, const char *url, gsize most, gsize *length, GError **error)
{
    GByteArray *memory = g_byte_array_new();
    gboolean good;
    long status = 0;

    self->memory = memory;
    self->fd = -1;
    self->have = 0;
    self->most = (gint64) most;
    self->label = NULL;
    good = perform(self, url, &status, error);
    self->memory = NULL;
    if (!good) {
        g_byte_array_unref(memory);
        return NULL;
    }
    *length = memory->len;
    g_byte_array_append(memory, (const guint8 *) "", 1);
    return (char *) g_byte_array_free(memory, FALSE);
}

/* A file that is longer than it should be is no part of it. */
static gboolean
open_part(UmkFetcher *self, const char *path, gint64 total, GError **error)
{
    struct stat info;

    self->fd = g_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (self->fd < 0 || fstat(self->fd, &info) != 0) {
        int saved = errno;

        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(saved),
                    _("“%s” cannot be written: %s"), path, g_strerror(saved));
        if (self->fd >= 0)
            close(self->fd);
        return FALSE;
    }
    self->have = (gint64) info.st_size;
    if (total >= 0 && self->have > total && ftruncate(self->fd, 0) == 0)
        self->have = 0;
    return TRUE;
}

gboolean
_umk_fetcher_download(UmkFetcher *self,
                      const char *url,
                      const char *path,
                      gint64 total,
                      const char *label,
                      gint64 done,
                      gint64 whole,
                      GError **error)
{
    g_autoptr(GError) problem = NULL;
    gboolean good;
    long status = 0;

    if (!open_part(self, path, total, error))
        return FALSE;
    self->memory = NULL;
    self->most = total;
    self->label = label;
    self->done = done;
    self->whole = whole;
    good = (total >= 0 && self->have == total) || perform(self, url, &status, &problem);
    /* 416: nothing is left to send, the size was not known beforehand */
    if (!good && status == 416 && total < 0 && self->have > 0) {
        g_clear_error(&problem);
        good = TRUE;
    }
    if (good && fsync(self->fd) != 0)
        good = set_failure(self, url, CURLE_WRITE_ERROR, status, &problem);
    close(self->fd);
    self->fd = -1;
    if (problem != NULL)
        g_propagate_error(error, g_steal_pointer(&problem));
    return good;
}
