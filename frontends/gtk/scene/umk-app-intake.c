/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recognises paths one by one, then what they are together. */
#include "umk-app-intake.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#define MAX_DEPTH 64u
#define MOST      2000000u /* files that are looked at */
#define SNIFF     8192

/* ---- vectors -------------------------------------------------------------------------
 */

static gboolean
has_suffix(const char *path, const char *const *suffixes)
{
    g_autofree char *lower = g_ascii_strdown(path, -1);

    for (gsize i = 0; suffixes[i] != NULL; i++)
        if (g_str_has_suffix(lower, suffixes[i]))
            return TRUE;
    return FALSE;
}

static gsize
read_head(const char *path, char *head)
{
    FILE *file = g_fopen(path, "rb");
    gsize n = file != NULL ? fread(head, 1, SNIFF - 1, file) : 0;

    if (file != NULL)
        fclose(file);
    head[n] = '\0';
    return n;
}

static const char *
next_line(const char *text)
{
    text += strcspn(text, "\n");
    return *text == '\n' ? text + 1 : text;
}

/* "400000 300", as word2vec begins, or a word and many numbers, as GloVe does. */
static gboolean
begins_like_words(const char *head, gboolean is_binary)
{
    g_autofree char *line = g_strndup(head, strcspn(head, "\r\n"));
    g_auto(GStrv) parts = g_strsplit(g_strstrip(line), " ", 2000);
    guint n = g_strv_length(parts), numbers = 0;

    for (guint i = 0; i < n; i++) {
        char *end;

        g_ascii_strtod(parts[i], &end);
        numbers += end != parts[i] && *end == '\0';
    }
    if (n == 2 && numbers == 2 && is_binary)
        return TRUE;
    if (n == 2 && numbers == 2) {
        /* two numbers alone may begin any text: the line after has to be a vector */
        const char *next = next_line(head);
        g_autofree char *second = g_strndup(next, strcspn(next, "\r\n"));
        guint dims = (guint) g_ascii_strtoull(parts[1], NULL, 10), blanks = 0;

        for (const char *p = second; *p != '\0'; p++)
            blanks += *p == ' ' && p[1] != '\0' && p[1] != ' ';
        return dims > 0 && (blanks == dims || strlen(second) > SNIFF / 2);
    }
    return n >= 10 && numbers + 1 >= n;
}

/* A text document has the suffix of GloVe's files, so its first line has to say. */
gboolean
umk_app_intake_is_vectors(const char *path)
{
    static const char *const sure[] = {".npy", ".npz", ".vec", ".fvecs", NULL};
    static const char *const unsure[] = {".txt", ".bin", NULL};
    static const char *const binary[] = {".bin", NULL};
    char head[SNIFF];

    if (has_suffix(path, sure))
        return TRUE;
    return has_suffix(path, unsure) && read_head(path, head) > 0 &&
           begins_like_words(head, has_suffix(path, binary));
}

gboolean
umk_app_intake_is_table(const char *path)
{
    static const char *const tables[] = {".csv", ".tsv", ".jsonl", ".ndjson", NULL};

    return has_suffix(path, tables);
}

/* A file beside the vectors that tells what their rows are. */
static char *
find_names(const char *path)
{
    static const char *const endings[] = {".ids.txt", ".names.txt", ".words.txt", ".txt",
                                          ".jsonl",   ".tsv",       ".csv"};
    const char *dot = strrchr(path, '.');
    g_autofree char *base = g_strndup(path, (gsize) (dot - path));

    for (gsize i = 0; i < G_N_ELEMENTS(endings); i++) {
        g_autofree char *beside = g_strconcat(base, endings[i], NULL);

        if (g_file_test(beside, G_FILE_TEST_IS_REGULAR) && !g_str_equal(beside, path))
            return g_steal_pointer(&beside);
    }
    return NULL;
}

/* ---- files ---------------------------------------------------------------------------
 */

typedef struct {
    UmkAppIntakeFunc func;
    gpointer data;
    GCancellable *cancellable;
    gsize n_seen, n_unknown;
} Walk;

static gboolean
visit(Walk *walk, const char *path, guint depth)
{
    g_autoptr(GDir) dir = NULL;
    const char *name;
    UmkModality modality;

    if (g_cancellable_is_cancelled(walk->cancellable) || walk->n_seen > MOST)
        return FALSE;
    if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
        walk->n_seen++;
        if (umk_modality_of_file(path, &modality))
            return walk->func(path, modality, walk->data);
        walk->n_unknown++;
        return TRUE;
    }
    dir = depth < MAX_DEPTH ? g_dir_open(path, 0, NULL) : NULL;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *inner = g_build_filename(path, name, NULL);

        if (name[0] != '.' && !visit(walk, inner, depth + 1))
            return FALSE;
    }
    return TRUE;
}

void
umk_app_intake_walk(const char *const *paths,
                    UmkAppIntakeFunc func,
                    gpointer data,
                    gsize *n_unknown,
                    GCancellable *cancellable)
{
    Walk walk = {.func = func, .data = data, .cancellable = cancellable};

    for (gsize i = 0; paths[i] != NULL; i++)
        if (!visit(&walk, paths[i], 0))
            break;
    *n_unknown = walk.n_unknown;
}

static gboolean
count_file(const char *path, UmkModality modality, gpointer data)
{
    UmkAppIntake *self = data;
    GStatBuf info;

    self->n_files[modality]++;
    if (g_stat(path, &info) == 0)
        self->n_bytes += (guint64) info.st_size;
    return TRUE;
}

/* ---- together ------------------------------------------------------------------------
 */

static char *
make_name(const char *path)
{
    g_autofree char *base = g_path_get_basename(path);
    char *dot = g_file_test(path, G_FILE_TEST_IS_DIR) ? NULL : strrchr(base, '.');
    g_autofree char *stem = NULL;

    if (dot != NULL && dot > base)
        *dot = '\0';
    stem = g_filename_display_name(base);
    return g_strdup(*stem != '\0' ? stem : _("New collection"));
}

static gboolean
take_vectors(UmkAppIntake *self, const char *const *paths)
{
    gsize n = g_strv_length((char **) paths), at = n;
    GStatBuf info;

    for (gsize i = 0; i < n && at == n; i++)
        if (umk_app_intake_is_vectors(paths[i]))
            at = i;
    if (at == n || n > 2)
        return FALSE;
    self->kind = UMK_APP_INTAKE_VECTORS;
    self->paths = g_new0(char *, 2);
    self->paths[0] = g_strdup(paths[at]);
    self->names_path = n == 2 ? g_strdup(paths[1 - at]) : find_names(paths[at]);
    if (g_stat(paths[at], &info) == 0)
        self->n_bytes = (guint64) info.st_size;
    return TRUE;
}

/* Of several arrays the first is as good as any until one is chosen. */
static void
find_arrays(UmkAppIntake *self)
{
    g_auto(GStrv) arrays = umk_vectors_list_arrays(self->paths[0], NULL);

    if (arrays == NULL || g_strv_length(arrays) < 2)
        return;
    self->array = g_strdup(arrays[0]);
    self->arrays = g_steal_pointer(&arrays);
}

char *
umk_app_intake_dup_vectors_path(const UmkAppIntake *self)
{
    return self->array != NULL ? g_strconcat(self->paths[0], ":", self->array, NULL)
                               : g_strdup(self->paths[0]);
}

static gboolean
check_vectors(UmkAppIntake *self, GError **error)
{
    g_autofree char *path = NULL;

    find_arrays(self);
    path = umk_app_intake_dup_vectors_path(self);
    return umk_vectors_check(path, error);
}

static gboolean
check_there(const char *const *paths, GError **error)
{
    for (gsize i = 0; paths[i] != NULL; i++) {
        g_autofree char *shown = g_filename_display_basename(paths[i]);

        if (g_file_test(paths[i], G_FILE_TEST_EXISTS))
            continue;
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("“%s” is not there any more"), shown);
        return FALSE;
    }
    return TRUE;
}

static void
refuse(const char *const *paths, GError **error)
{
    g_autofree char *shown = g_filename_display_basename(paths[0]);

    g_set_error(
        error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
        _("“%s” holds nothing that can be shown: words, pictures, sounds, tables, "
          "graphs or vectors"),
        shown);
}

UmkAppIntake *
umk_app_intake_new(const char *const *paths, GCancellable *cancellable, GError **error)
{
    g_autoptr(UmkAppIntake) self = g_new0(UmkAppIntake, 1);
    gsize n = 0;

    if (!check_there(paths, error))
        return NULL;
    self->name = make_name(paths[0]);
    if (paths[0] != NULL && paths[1] == NULL && umk_collection_probe(paths[0])) {
        self->kind = UMK_APP_INTAKE_COLLECTION;
        self->paths = g_strdupv((char **) paths);
        return g_steal_pointer(&self);
    }
    if (take_vectors(self, paths))
        return check_vectors(self, error) ? g_steal_pointer(&self) : NULL;
    self->paths = g_strdupv((char **) paths);
    if (paths[1] == NULL && umk_app_intake_is_table(paths[0])) {
        self->table = umk_app_table_preview(paths[0], NULL, error);
        self->kind = UMK_APP_INTAKE_TABLE;
        self->n_files[UMK_MODALITY_TEXT] = self->table != NULL ? self->table->n_rows : 0;
        if (self->table == NULL) {
            g_autofree char *shown = g_filename_display_basename(paths[0]);

            g_prefix_error(error, "%s: ", shown);
            return NULL;
        }
        return g_steal_pointer(&self);
    }
    umk_app_intake_walk(paths, count_file, self, &self->n_unknown, cancellable);
    if (g_cancellable_set_error_if_cancelled(cancellable, error))
        return NULL;
    for (guint m = 0; m < UMK_N_MODALITIES; m++)
        n += self->n_files[m];
    if (n == 0) {
        refuse(paths, error);
        return NULL;
    }
    self->kind = UMK_APP_INTAKE_FILES;
    return g_steal_pointer(&self);
}

void
umk_app_intake_free(UmkAppIntake *self)
{
    if (self == NULL)
        return;
    g_strfreev(self->paths);
    g_strfreev(self->arrays);
    g_free(self->array);
    g_free(self->names_path);
    g_free(self->name);
    g_clear_pointer(&self->table, umk_app_table_free);
    g_free(self);
}

/* Takes the text. */
static void
append_part(GString *list, char *text)
{
    if (list->len > 0)
        /* Translators: between the parts of a list, as in "3 pictures, 2 sounds" */
        g_string_append(list, C_("list", ", "));
    g_string_append(list, text);
    g_free(text);
}

char *
umk_app_intake_describe(const UmkAppIntake *self)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const gsize *n = self->n_files;

    if (self->kind == UMK_APP_INTAKE_VECTORS) {
        g_autofree char *size = g_format_size(self->n_bytes);

        g_string_append_printf(text, _("Vectors that are made already, %s"), size);
        return g_string_free(g_steal_pointer(&text), FALSE);
    }
    if (self->kind == UMK_APP_INTAKE_TABLE) {
        g_string_append_printf(
            text,
            ngettext("A table of %'zu row", "A table of %'zu rows", self->table->n_rows),
            self->table->n_rows);
        return g_string_free(g_steal_pointer(&text), FALSE);
    }
    if (n[UMK_MODALITY_TEXT] > 0)
        append_part(text, g_strdup_printf(ngettext("%'zu text file", "%'zu text files",
                                                   n[UMK_MODALITY_TEXT]),
                                          n[UMK_MODALITY_TEXT]));
    if (n[UMK_MODALITY_IMAGE] > 0)
        append_part(text, g_strdup_printf(ngettext("%'zu picture", "%'zu pictures",
                                                   n[UMK_MODALITY_IMAGE]),
                                          n[UMK_MODALITY_IMAGE]));
    if (n[UMK_MODALITY_AUDIO] > 0)
        append_part(text, g_strdup_printf(ngettext("%'zu sound", "%'zu sounds",
                                                   n[UMK_MODALITY_AUDIO]),
                                          n[UMK_MODALITY_AUDIO]));
    if (n[UMK_MODALITY_GRAPH] > 0)
        append_part(text, g_strdup_printf(ngettext("%'zu graph", "%'zu graphs",
                                                   n[UMK_MODALITY_GRAPH]),
                                          n[UMK_MODALITY_GRAPH]));
    if (self->n_unknown > 0)
        append_part(text, g_strdup_printf(ngettext("%'zu file that is passed over",
                                                   "%'zu files that are passed over",
                                                   self->n_unknown),
                                          self->n_unknown));
    return g_string_free(g_steal_pointer(&text), FALSE);
}
