/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three ways of writing a row: separated cells, a JSON object a line, a row of an npy.
 * One item is in memory at a time, whatever their number. */
#include "umk-app-items-file.h"

#include "umk-app-sink.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <string.h>

#define REPORT 512u /* rows between reports of progress */
#define CHUNK  1024u

struct _UmkAppItemsFile {
    UmkAppSource *source;
    UmkAppLayout *layout;
    UmkAppRows *rows; /* NULL: everything */
    UmkAppItemsStyle style;
};

/* What a row needs beside its item; made when writing begins. */
typedef struct {
    const UmkAppItemsFile *file;
    UmkCollection *collection;
    UmkMatrix *vectors; /* or NULL */
    guint32 *vector_of; /* (n_items) row of vectors, G_MAXUINT32: none */
    char **fields;
} Content;

UmkAppItemsFile *
umk_app_items_file_new(UmkAppScene *scene, const UmkAppItemsStyle *style)
{
    UmkAppSource *source = umk_app_scene_get_source(scene);
    UmkAppRows *selection = umk_app_scene_get_selection(scene);
    UmkAppRows *shown = umk_app_filter_get_rows(umk_app_scene_get_filter(scene));
    UmkAppItemsFile *self;

    if (source == NULL)
        return NULL;
    self = g_new0(UmkAppItemsFile, 1);
    self->source = g_object_ref(source);
    self->layout = umk_app_layout_ref(umk_app_scene_get_layout(scene));
    self->style = *style;
    if (selection != NULL && !style->everything)
        self->rows = umk_app_rows_ref(selection);
    else if (shown != NULL)
        self->rows = umk_app_rows_ref(shown);
    return self;
}

void
umk_app_items_file_free(UmkAppItemsFile *self)
{
    if (self == NULL)
        return;
    g_object_unref(self->source);
    umk_app_layout_unref(self->layout);
    g_clear_pointer(&self->rows, umk_app_rows_unref);
    g_free(self);
}

gsize
umk_app_items_file_get_n_items(UmkAppItemsFile *self)
{
    return self->rows != NULL ? umk_app_rows_get_n_chosen(self->rows)
                              : umk_app_source_get_n_items(self->source);
}

/* ---- content -------------------------------------------------------------------------
 */

static void
content_clear(Content *content)
{
    g_clear_pointer(&content->vectors, umk_matrix_unref);
    g_free(content->vector_of);
    g_strfreev(content->fields);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Content, content_clear)

static gboolean
load_vectors(Content *content, GCancellable *cancellable, GError **error)
{
    gsize n = umk_app_source_get_n_items(content->file->source), n_vectors;
    g_autoptr(GBytes) rows = NULL;
    const guint64 *of;

    content->vectors =
        umk_collection_get_vectors(content->collection, &rows, cancellable, error);
    if (content->vectors == NULL)
        return FALSE;
    content->vector_of = g_try_new(guint32, n + 1);
    if (content->vector_of == NULL) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                            _("There is not enough memory to write so many items"));
        return FALSE;
    }
    memset(content->vector_of, 0xff, (n + 1) * sizeof *content->vector_of);
    n_vectors = umk_matrix_get_n_rows(content->vectors);
    of = g_bytes_get_data(rows, NULL);
    for (gsize i = 0; i < n_vectors; i++)
        if (of[i] < n)
            content->vector_of[of[i]] = (guint32) i;
    return TRUE;
}

static const float *
vector_of(const Content *content, gsize row, gsize *n_dims)
{
    if (content->vectors == NULL)
        return NULL;
    *n_dims = umk_matrix_get_n_cols(content->vectors);
    return content->vector_of[row] != G_MAXUINT32
               ? umk_matrix_get_row(content->vectors, content->vector_of[row], NULL)
               : NULL;
}

static gboolean
place_of(const Content *content, gsize row, double *x, double *y)
{
    const UmkAppLayout *layout = content->file->layout;
    float px, py;

    if (!umk_app_points_find(layout->points, (guint32) row, &px, &py))
        return FALSE;
    *x = (double) px;
    *y = (double) py;
    return TRUE;
}

/* An empty text where the item has none. */
static char *
dup_value(const Content *content, UmkItem *item, gsize row, const char *column)
{
    const char *value = NULL;
    char *made = NULL;

    if (g_str_equal(column, "id"))
        value = umk_item_get_id(item);
    else if (g_str_equal(column, "modality"))
        value = umk_modality_get_name(umk_item_get_modality(item));
    else if (g_str_equal(column, "caption"))
        value = umk_item_get_caption(item);
    else if (g_str_equal(column, "label"))
        value = umk_item_get_label(item);
    else if (g_str_equal(column, "path"))
        value = umk_item_get_path(item);
    else if (g_str_equal(column, "text"))
        value = umk_item_get_text(item);
    else if (g_str_equal(column, "model"))
        made = umk_collection_dup_item_model(content->collection, row);
    else if (g_str_equal(column, "added"))
        made = umk_collection_dup_item_time(content->collection, row);
    return made != NULL ? made : g_strdup(value != NULL ? value : "");
}

static const char *const own_columns[] = {"id",   "modality", "caption", "label",
                                          "path", "text",     "model",   "added"};

static gboolean
is_own(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(own_columns); i++)
        if (g_str_equal(own_columns[i], name))
            return TRUE;
    return g_str_equal(name, "frame"); /* of the model, and not the item's */
}

/* A name stands once in a head. */
static char **
list_fields(UmkCollection *collection, GError **error)
{
    g_auto(GStrv) all = umk_collection_list_fields(collection, error);
    g_autoptr(GStrvBuilder) fields = g_strv_builder_new();

    for (gsize i = 0; all != NULL && all[i] != NULL; i++)
        if (!is_own(all[i]))
            g_strv_builder_add(fields, all[i]);
    return all != NULL ? g_strv_builder_end(fields) : NULL;
}

/* ---- cells ---------------------------------------------------------------------------
 */

static gboolean
is_number(const char *text)
{
    char *end;

    g_ascii_strtod(text, &end);
    return end != text && *end == '\0';
}

void
umk_app_items_append_cell(GString *line,
                          const char *text,
                          char separator,
                          gboolean guarded)
{
    const char special[] = {separator, '"', '\r', '\n', '\0'};
    gboolean guard =
        guarded && *text != '\0' && strchr("=+-@\t\r", *text) != NULL && !is_number(text);

    if (strpbrk(text, special) == NULL) {
        g_string_append_printf(line, "%s%s", guard ? "'" : "", text);
        return;
    }
    g_string_append(line, guard ? "\"'" : "\"");
    for (const char *p = text, *quote; *p != '\0'; p = quote) {
        quote = strchr(p, '"');
        if (quote == NULL) {
            g_string_append(line, p);
            break;
        }
        g_string_append_len(line, p, ++quote - p);
        g_string_append_c(line, '"');
    }
    g_string_append_c(line, '"');
}

static void
append_float(GString *line, double value)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_append(line, g_ascii_formatd(digits, sizeof digits, "%.9g", value));
}

static void
append_head(GString *line, const Content *content, char separator)
{
    const UmkAppItemsStyle *style = &content->file->style;

    for (gsize i = 0; i < G_N_ELEMENTS(own_columns); i++)
        g_string_append_printf(line, "%.*s%s", i > 0, &separator, own_columns[i]);
    for (gsize i = 0; content->fields[i] != NULL; i++) {
        g_string_append_c(line, separator);
        umk_app_items_append_cell(line, content->fields[i], separator, style->guarded);
    }
    if (style->places)
        g_string_append_printf(line, "%cmap_x%cmap_y", separator, separator);
    for (gsize d = 0;
         content->vectors != NULL && d < umk_matrix_get_n_cols(content->vectors); d++)
        g_string_append_printf(line, "%cv%zu", separator, d + 1);
    g_string_append_c(line, '\n');
}

static void
append_cells(
    GString *line, const Content *content, UmkItem *item, gsize row, char separator)
{
    const UmkAppItemsStyle *style = &content->file->style;
    gsize n_dims = 0;
    const float *vector = vector_of(content, row, &n_dims);
    double x, y;

    for (gsize i = 0; i < G_N_ELEMENTS(own_columns); i++) {
        g_autofree char *value = dup_value(content, item, row, own_columns[i]);

        g_string_append_printf(line, "%.*s", i > 0, &separator);
        umk_app_items_append_cell(line, value, separator, style->guarded);
    }
    for (gsize i = 0; content->fields[i] != NULL; i++) {
        const char *value = umk_item_get_field(item, content->fields[i]);

        g_string_append_c(line, separator);
        umk_app_items_append_cell(line, value ? value : "", separator, style->guarded);
    }
    if (style->places) {
        gboolean placed = place_of(content, row, &x, &y);

        g_string_append_c(line, separator);
        if (placed)
            append_float(line, x);
        g_string_append_c(line, separator);
        if (placed)
            append_float(line, y);
    }
    for (gsize d = 0; d < n_dims; d++) {
        g_string_append_c(line, separator);
        if (vector != NULL)
            append_float(line, (double) vector[d]);
    }
    g_string_append_c(line, '\n');
}

/* ---- JSON lines ----------------------------------------------------------------------
 */

static void
append_member(GString *line, const char *name, const char *text)
{
    g_autoptr(JsonNode) key = json_node_new(JSON_NODE_VALUE);
    g_autoptr(JsonNode) value = json_node_new(JSON_NODE_VALUE);
    g_autofree char *key_text = NULL, *value_text = NULL;
    g_autofree char *valid = g_utf8_make_valid(text, -1);

    json_node_set_string(key, name);
    json_node_set_string(value, valid);
    key_text = json_to_string(key, FALSE);
    value_text = json_to_string(value, FALSE);
    g_string_append_printf(line, "%s%s:%s", line->len > 1 ? "," : "", key_text,
                           value_text);
}

static void
append_object(GString *line, const Content *content, UmkItem *item, gsize row)
{
    gsize n_dims = 0;
    const float *vector = vector_of(content, row, &n_dims);
    double x, y;

    g_string_append_c(line, '{');
    for (gsize i = 0; i < G_N_ELEMENTS(own_columns); i++) {
        g_autofree char *value = dup_value(content, item, row, own_columns[i]);

        if (*value != '\0')
            append_member(line, own_columns[i], value);
    }
    for (gsize i = 0; content->fields[i] != NULL; i++) {
        const char *value = umk_item_get_field(item, content->fields[i]);

        if (value != NULL)
            append_member(line, content->fields[i], value);
    }
    if (content->file->style.places && place_of(content, row, &x, &y)) {
        g_string_append(line, ",\"map_x\":");
        append_float(line, x);
        g_string_append(line, ",\"map_y\":");
        append_float(line, y);
    }
    for (gsize d = 0; vector != NULL && d < n_dims; d++) {
        g_string_append(line, d == 0 ? ",\"vector\":[" : ",");
        append_float(line, (double) vector[d]);
    }
    g_string_append(line, vector != NULL && n_dims > 0 ? "]}\n" : "}\n");
}

/* ---- rows ----------------------------------------------------------------------------
 */

typedef gboolean (*RowFunc)(gpointer data, UmkItem *item, gsize row, GError **error);

static gboolean
walk(const Content *content,
     RowFunc func,
     gpointer data,
     GCancellable *cancellable,
     UmkProgressFunc progress,
     gpointer progress_data,
     GError **error)
{
    const UmkAppItemsFile *file = content->file;
    gsize n_items = umk_app_source_get_n_items(file->source), n_done = 0;
    gsize n = umk_app_items_file_get_n_items((UmkAppItemsFile *) file);

    for (gsize row = 0; row < n_items; row++) {
        g_autoptr(UmkItem) item = NULL;

        if (file->rows != NULL && !umk_app_rows_contains(file->rows, row))
            continue;
        if (g_cancellable_set_error_if_cancelled(cancellable, error))
            return FALSE;
        item = umk_collection_dup_item(content->collection, row, error);
        if (item == NULL || !func(data, item, row, error))
            return FALSE;
        if (++n_done % REPORT == 0 && progress != NULL)
            progress(_("Writing"), (double) n_done / (double) n, progress_data);
    }
    return TRUE;
}

typedef struct {
    const Content *content;
    UmkAppSink *sink;
    GString *line;
    char separator; /* '\0': JSON */
    gsize n_written;
} Lines;

static gboolean
write_line(gpointer data, UmkItem *item, gsize row, GError **error)
{
    Lines *lines = data;

    g_string_truncate(lines->line, 0);
    if (lines->separator != '\0')
        append_cells(lines->line, lines->content, item, row, lines->separator);
    else
        append_object(lines->line, lines->content, item, row);
    umk_app_sink_write(lines->sink, lines->line->str, lines->line->len);
    lines->n_written++;
    return TRUE;
}

static gboolean
write_lines(const Content *content,
            const char *path,
            char separator,
            gsize *n_written,
            GCancellable *cancellable,
            UmkProgressFunc progress,
            gpointer progress_data,
            GError **error)
{
    g_autoptr(UmkAppSink) sink = umk_app_sink_open(path, error);
    g_autoptr(GString) line = g_string_new(NULL);
    Lines lines = {content, sink, line, separator, 0};

    if (sink == NULL)
        return FALSE;
    if (separator != '\0') {
        append_head(line, content, separator);
        umk_app_sink_write(sink, line->str, line->len);
    }
    if (!walk(content, write_line, &lines, cancellable, progress, progress_data, error) ||
        !umk_app_sink_commit(g_steal_pointer(&sink), error))
        return FALSE;
    *n_written = lines.n_written;
    return TRUE;
}

/* ---- npy -----------------------------------------------------------------------------
 */

typedef struct {
    const Content *content;
    UmkVectorWriter *writer;
    UmkAppSink *names;
    GArray *pending; /* float */
    gsize n_dims, n_written;
} Vectors;

static gboolean
flush(Vectors *vectors, GError **error)
{
    gsize n = vectors->pending->len / MAX(vectors->n_dims, 1);
    g_autoptr(UmkMatrix) rows = NULL;

    if (n == 0)
        return TRUE;
    rows = umk_matrix_new_from_data(
        n, vectors->n_dims, (const float *) (gpointer) vectors->pending->data, error);
    g_array_set_size(vectors->pending, 0);
    return rows != NULL && umk_vector_writer_append(vectors->writer, rows, error);
}

/* One name a line, so a name holds no line break. */
static gboolean
write_vector(gpointer data, UmkItem *item, gsize row, GError **error)
{
    Vectors *vectors = data;
    gsize n_dims = 0;
    const float *vector = vector_of(vectors->content, row, &n_dims);
    g_autofree char *name = NULL;

    if (vector == NULL)
        return TRUE;
    name = g_strdup(umk_item_get_id(item) ? umk_item_get_id(item) : "");
    g_strdelimit(name, "\r\n", ' ');
    umk_app_sink_write(vectors->names, name, strlen(name));
    umk_app_sink_write(vectors->names, "\n", 1);
    g_array_append_vals(vectors->pending, vector, (guint) n_dims);
    vectors->n_written++;
    return vectors->pending->len / n_dims < CHUNK || flush(vectors, error);
}

static gboolean
write_npy(const Content *content,
          const char *path,
          gsize *n_written,
          GCancellable *cancellable,
          UmkProgressFunc progress,
          gpointer progress_data,
          GError **error)
{
    g_autofree char *base = g_strndup(path, strlen(path) - strlen(".npy"));
    g_autofree char *beside = g_strconcat(base, ".ids.txt", NULL);
    g_autoptr(UmkVectorWriter) writer = NULL;
    g_autoptr(UmkAppSink) names = NULL;
    g_autoptr(GArray) pending = g_array_new(FALSE, FALSE, sizeof(float));
    Vectors vectors = {.content = content, .pending = pending};

    vectors.n_dims = umk_matrix_get_n_cols(content->vectors);
    vectors.writer = writer =
        umk_vector_writer_new(path, vectors.n_dims, "f32", NULL, error);
    vectors.names = names = writer != NULL ? umk_app_sink_open(beside, error) : NULL;
    if (names == NULL ||
        !walk(content, write_vector, &vectors, cancellable, progress, progress_data,
              error) ||
        !flush(&vectors, error) || !umk_vector_writer_finish(writer, error) ||
        !umk_app_sink_commit(g_steal_pointer(&names), error))
        return FALSE;
    *n_written = vectors.n_written;
    return TRUE;
}

/* --------------------------------------------------------------------------------------
 */

gboolean
umk_app_items_file_write(UmkAppItemsFile *self,
                         const char *path,
                         gsize *n_written,
                         GCancellable *cancellable,
                         UmkProgressFunc progress,
                         gpointer progress_data,
                         GError **error)
{
    /* what was written meanwhile, tags and notes, belongs to the items */
    g_autoptr(UmkCollection) reader = umk_app_source_dup_reader(self->source);
    g_auto(Content) content = {.file = self};
    gboolean npy = g_str_has_suffix(path, ".npy");
    gsize n = 0;
    gboolean ok;

    content.collection = reader;
    content.fields = list_fields(content.collection, error);
    if (content.fields == NULL)
        return FALSE;
    if ((npy || self->style.vectors) && !load_vectors(&content, cancellable, error))
        return FALSE;
    if (npy)
        ok = write_npy(&content, path, &n, cancellable, progress, progress_data, error);
    else
        ok = write_lines(&content, path,
                         g_str_has_suffix(path, ".csv")   ? ','
                         : g_str_has_suffix(path, ".tsv") ? '\t'
                                                          : '\0',
                         &n, cancellable, progress, progress_data, error);
    if (ok && n_written != NULL)
        *n_written = n;
    return ok;
}
