/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Edge lists: bytes to UmkGraph. The format is written down in the header. One pass over
 * the bytes; fields are slices, copied only to be NUL-terminated for the name table. */
#include "io/umk-edge-list-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define MAX_FIELDS  64
#define SNIFF_LINES 20

typedef struct {
    const char *at;
    const char *end;
    gsize line; /* of the record now read, from 1 */
    gsize next_line;
    char delimiter; /* '\t', ',' or ' ' */
    GString *fields[MAX_FIELDS];
    gsize n_fields;
    gsize source, target, weight; /* columns; weight may be past the end */
    gboolean has_header;
} UmkEdgeReader;

static gboolean
fail(const UmkEdgeReader *self, GError **error, const char *what)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("Line %zu: %s"), self->line,
                what);
    return FALSE;
}

static inline gboolean
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Blanks that part nothing in this file. */
static inline gboolean
is_padding(const UmkEdgeReader *self, char c)
{
    return c == ' ' || (c == '\t' && self->delimiter != '\t') || c == '\r';
}

static const char *
line_end(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (gsize) (end - at));

    return newline != NULL ? newline : end;
}

static gboolean
is_content(const char *at, const char *stop)
{
    while (at < stop && (is_blank(*at) || *at == '\r'))
        at++;
    return at < stop && *at != '#' && *at != '%';
}

static gboolean
has_outside_quotes(const char *at, const char *stop, char mark)
{
    gboolean quoted = FALSE;

    for (; at < stop; at++) {
        if (*at == '"')
            quoted = !quoted;
        else if (*at == mark && !quoted)
            return TRUE;
    }
    return FALSE;
}

static char
sniff_delimiter(const char *at, const char *end)
{
    gsize n = 0, n_tabs = 0, n_commas = 0;

    while (at < end && n < SNIFF_LINES) {
        const char *stop = line_end(at, end);

        if (is_content(at, stop)) {
            n++;
            n_tabs += has_outside_quotes(at, stop, '\t');
            n_commas += has_outside_quotes(at, stop, ',');
        }
        at = stop < end ? stop + 1 : end;
    }
    if (n > 0 && n_tabs * 2 >= n)
        return '\t';
    return n > 0 && n_commas * 2 >= n ? ',' : ' ';
}

/* At the opening quote; leaves at behind the closing one. */
static gboolean
read_quoted(UmkEdgeReader *self, GString *field, GError **error)
{
    self->at++;
    while (self->at < self->end) {
        char c = *self->at++;

        if (c == '"') {
            if (self->at == self->end || *self->at != '"')
                return TRUE;
            self->at++;
        } else if (c == '\n') {
            self->next_line++;
        }
        g_string_append_c(field, c);
    }
    return fail(self, error, _("a quote is opened and never closed"));
}

static void
read_bare(UmkEdgeReader *self, GString *field)
{
    const char *start = self->at;
    const char *stop;

    while (self->at < self->end && *self->at != '\n' && *self->at != self->delimiter &&
           !(self->delimiter == ' ' && *self->at == '\t'))
        self->at++;
    stop = self->at;
    while (stop > start && is_padding(self, stop[-1]))
        stop--;
    g_string_append_len(field, start, stop - start);
}

static gboolean
read_field(UmkEdgeReader *self, GError **error)
{
    GString *field;

    if (self->n_fields == MAX_FIELDS)
        return fail(self, error, _("too many columns for an edge list"));
    field = self->fields[self->n_fields];
    if (field == NULL)
        field = self->fields[self->n_fields] = g_string_new(NULL);
    g_string_truncate(field, 0);
    self->n_fields++;
    if (self->at < self->end && *self->at == '"') {
        if (!read_quoted(self, field, error))
            return FALSE;
        while (self->at < self->end && is_padding(self, *self->at))
            self->at++;
        if (self->at < self->end && *self->at != '\n' && *self->at != self->delimiter &&
            self->delimiter != ' ')
            return fail(self, error, _("text follows a closing quote"));
    } else {
        read_bare(self, field);
    }
    if (memchr(field->str, '\0', field->len) != NULL ||
        !g_utf8_validate(field->str, (gssize) field->len, NULL))
        return fail(self, error, _("a name is not valid UTF-8"));
    return TRUE;
}

/* Fills fields with the next line that holds something. At the end of the data n_fields
 * is 0. */
static gboolean
read_record(UmkEdgeReader *self, GError **error)
{
    self->n_fields = 0;
    for (;;) {
        const char *stop;

        if (self->at >= self->end)
            return TRUE;
        self->line = self->next_line;
        stop = line_end(self->at, self->end);
        if (is_content(self->at, stop))
            break;
        self->at = stop < self->end ? stop + 1 : stop;
        self->next_line++;
    }
    for (;;) {
        while (self->at < self->end && is_padding(self, *self->at))
            self->at++;
        if (self->delimiter == ' ' && (self->at == self->end || *self->at == '\n'))
            break;
        if (!read_field(self, error))
            return FALSE;
        if (self->at == self->end || *self->at == '\n')
            break;
        if (*self->at == self->delimiter || *self->at == '\t')
            self->at++;
    }
    if (self->at < self->end)
        self->at++;
    self->next_line++;
    return TRUE;
}

static gboolean
is_one_of(const char *name, const char *const *list)
{
    for (; *list != NULL; list++)
        if (g_ascii_strcasecmp(name, *list) == 0)
            return TRUE;
    return FALSE;
}

/* A header has a column for each end; the weight column is optional. */
static gboolean
read_header(UmkEdgeReader *self)
{
    static const char *const sources[] = {"source", "from", "src", "node1", "u", NULL};
    static const char *const targets[] = {"target", "to", "dst", "node2", "v", NULL};
    static const char *const weights[] = {"weight", "value", "w", NULL};
    gsize source = MAX_FIELDS, target = MAX_FIELDS, weight = MAX_FIELDS;

    for (gsize i = self->n_fields; i-- > 0;) {
        if (is_one_of(self->fields[i]->str, sources))
            source = i;
        else if (is_one_of(self->fields[i]->str, targets))
            target = i;
        else if (is_one_of(self->fields[i]->str, weights))
            weight = i;
    }
    if (source == MAX_FIELDS || target == MAX_FIELDS)
        return FALSE;
    self->source = source;
    self->target = target;
    self->weight = weight;
    self->has_header = TRUE;
    return TRUE;
}

static gboolean
read_weight(const UmkEdgeReader *self, double *weight, gboolean *weighted, GError **error)
{
    const GString *field;
    char *stop = NULL;
    double value;

    *weight = 1.0;
    if (self->weight >= self->n_fields)
        return TRUE;
    field = self->fields[self->weight];
    if (field->len == 0)
        return TRUE;
    value = g_ascii_strtod(field->str, &stop);
    if (stop == field->str || *stop != '\0' || !isfinite(value) || value < 0.0 ||
        value > (double) G_MAXFLOAT) {
        g_autofree char *shown =
            g_utf8_substring(field->str, 0, MIN(g_utf8_strlen(field->str, -1), 40));

        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("Line %zu: “%s” is not a weight; a finite number of 0 or "
                      "more is expected in column %zu"),
                    self->line, shown, self->weight + 1);
        return FALSE;
    }
    *weight = value;
    *weighted = TRUE;
    return TRUE;
}

static gboolean
take_edge(UmkEdgeReader *self,
          UmkGraphBuilder *builder,
          gboolean directed,
          gboolean *weighted,
          GError **error)
{
    double weight;
    guint32 source, target;

    if (self->n_fields <= MAX(self->source, self->target)) {
        if (self->n_fields == 1)
            return fail(self, error,
                        _("one column; an edge needs a source and a target"));
        return fail(self, error, _("fewer columns than the header names"));
    }
    if (self->delimiter == ' ' && !self->has_header && self->n_fields > 3) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("Line %zu: %zu columns; an edge list has "
                      "two or three (names with blanks in them go in double quotes)"),
                    self->line, self->n_fields);
        return FALSE;
    }
    if (self->fields[self->source]->len == 0 || self->fields[self->target]->len == 0)
        return fail(self, error, _("a node has an empty name"));
    if (!read_weight(self, &weight, weighted, error))
        return FALSE;
    source = _umk_graph_builder_add_node(builder, self->fields[self->source]->str, error);
    if (source == G_MAXUINT32)
        return FALSE;
    target = _umk_graph_builder_add_node(builder, self->fields[self->target]->str, error);
    if (target == G_MAXUINT32)
        return FALSE;
    return _umk_graph_builder_add_edge(builder, source, target, weight, directed, error);
}

static UmkGraph *
parse(UmkEdgeReader *self, gboolean directed, GError **error)
{
    g_autoptr(UmkGraphBuilder) builder = _umk_graph_builder_new();
    gboolean first = TRUE, weighted = FALSE;

    for (;;) {
        if (!read_record(self, error))
            return NULL;
        if (self->n_fields == 0)
            break;
        if (first && read_header(self)) {
            first = FALSE;
            continue;
        }
        first = FALSE;
        if (!take_edge(self, builder, directed, &weighted, error))
            return NULL;
    }
    if (_umk_graph_builder_get_n_nodes(builder) == 0) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("The edge list holds no edge"));
        return NULL;
    }
    _umk_graph_builder_set_weighted(builder, weighted);
    return _umk_graph_builder_build(builder, error);
}

UmkGraph *
_umk_edge_list_parse(const char *data, gsize length, gboolean directed, GError **error)
{
    UmkEdgeReader self = {0};
    UmkGraph *graph;

    self.at = data;
    self.end = data + length;
    self.next_line = 1;
    self.target = 1;
    self.weight = 2;
    if (length >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0)
        self.at += 3;
    self.delimiter = sniff_delimiter(self.at, self.end);
    graph = parse(&self, directed, error);
    for (gsize i = 0; i < MAX_FIELDS && self.fields[i] != NULL; i++)
        g_string_free(self.fields[i], TRUE);
    return graph;
}

guint
_umk_edge_list_probe(const guint8 *head, gsize length)
{
    const char *at = (const char *) head;
    const char *end = at + length;
    const char *stop;

    if (length == 0 || memchr(head, '\0', length) != NULL)
        return 0;
    if (length >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0)
        at += 3;
    while (at < end) {
        stop = line_end(at, end);
        if (is_content(at, stop))
            break;
        at = stop < end ? stop + 1 : end;
    }
    if (at >= end || *at == '<' || *at == '{' || *at == '[')
        return 0;
    stop = line_end(at, end);
    return has_outside_quotes(at, stop, '\t') || has_outside_quotes(at, stop, ',') ||
                   has_outside_quotes(at, stop, ' ')
               ? 30
               : 0;
}
