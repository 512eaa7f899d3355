/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GraphML: bytes to UmkGraph in one pass of libxml2's pull reader, so the document is
 * never held as a tree. What is read and what is refused stands in the header. */
#include "io/umk-graphml-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>
#include <libxml/xmlreader.h>

#include <math.h>
#include <string.h>

typedef enum {
    KEY_OTHER,
    KEY_NODE_LABEL,
    KEY_NODE_NAME,
    KEY_EDGE_WEIGHT,
} UmkGraphmlKey;

typedef struct {
    xmlTextReader *reader;
    UmkGraphBuilder *builder;
    GHashTable *keys;    /* id -> UmkGraphmlKey */
    GArray *label_ranks; /* guint8 a node: which kind of key its label came from */
    char *key_id;        /* the <key> whose <default> may follow */
    double default_weight;
    gboolean weighted;
    gboolean directed; /* the first graph's edgedefault */
    gboolean seen_root, seen_graph;
    guint32 node;       /* the <node> we are in, or G_MAXUINT32 */
    GArray *node_stack; /* guint32, for nested graphs */
    gboolean in_edge;
    guint32 source, target;
    gboolean edge_directed;
    double weight;
    UmkGraphmlKey data_key;
    gboolean in_data, in_default, in_yed_label;
    GString *text;
} UmkGraphmlReader;

static gboolean
fail(UmkGraphmlReader *self, GError **error, const char *what)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("Line %d: %s"),
                xmlTextReaderGetParserLineNumber(self->reader), what);
    return FALSE;
}

static char *
dup_attribute(UmkGraphmlReader *self, const char *name)
{
    xmlChar *value = xmlTextReaderGetAttribute(self->reader, (const xmlChar *) name);
    char *copy = g_strdup((const char *) value);

    xmlFree(value);
    return copy;
}

static void
open_key(UmkGraphmlReader *self)
{
    g_autofree char *id = dup_attribute(self, "id");
    g_autofree char *target = dup_attribute(self, "for");
    g_autofree char *name = dup_attribute(self, "attr.name");
    gboolean all = target == NULL || strcmp(target, "all") == 0;
    UmkGraphmlKey key = KEY_OTHER;

    g_clear_pointer(&self->key_id, g_free);
    if (id == NULL || name == NULL)
        return;
    if ((all || strcmp(target, "node") == 0) && g_ascii_strcasecmp(name, "label") == 0)
        key = KEY_NODE_LABEL;
    else if ((all || strcmp(target, "node") == 0) &&
             g_ascii_strcasecmp(name, "name") == 0)
        key = KEY_NODE_NAME;
    else if ((all || strcmp(target, "edge") == 0) &&
             g_ascii_strcasecmp(name, "weight") == 0)
        key = KEY_EDGE_WEIGHT;
    g_hash_table_insert(self->keys, g_strdup(id), GUINT_TO_POINTER(key));
    self->key_id = g_steal_pointer(&id);
}

static UmkGraphmlKey
lookup_key(UmkGraphmlReader *self, const char *id)
{
    return id != NULL
               ? (UmkGraphmlKey) GPOINTER_TO_UINT(g_hash_table_lookup(self->keys, id))
               : KEY_OTHER;
}

static guint32
add_node(UmkGraphmlReader *self, const char *attribute, GError **error)
{
    g_autofree char *id = dup_attribute(self, attribute);

    if (id == NULL || *id == '\0') {
        g_autofree char *what =
            g_strdup_printf(_("an element lacks its “%s”"), attribute);

        fail(self, error, what);
        return G_MAXUINT32;
    }
    return _umk_graph_builder_add_node(self->builder, id, error);
}

static gboolean
open_edge(UmkGraphmlReader *self, GError **error)
{
    g_autofree char *directed = dup_attribute(self, "directed");

    if (self->in_edge)
        return fail(self, error, _("an edge inside an edge"));
    self->source = add_node(self, "source", error);
    if (self->source == G_MAXUINT32)
        return FALSE;
    self->target = add_node(self, "target", error);
    if (self->target == G_MAXUINT32)
        return FALSE;
    self->edge_directed = self->directed;
    if (directed != NULL)
        self->edge_directed = strcmp(directed, "true") == 0 || strcmp(directed, "1") == 0;
    self->weight = self->default_weight;
    self->in_edge = TRUE;
    return TRUE;
}

static gboolean
open_graph(UmkGraphmlReader *self, GError **error)
{
    g_autofree char *mode = dup_attribute(self, "edgedefault");

    if (self->in_edge)
        return fail(self, error, _("a graph inside an edge"));
    if (!self->seen_graph)
        self->directed = mode != NULL && strcmp(mode, "directed") == 0;
    self->seen_graph = TRUE;
    return TRUE;
}

static gboolean
open_node(UmkGraphmlReader *self, GError **error)
{
    guint32 node = add_node(self, "id", error);

    if (node == G_MAXUINT32)
        return FALSE;
    g_array_append_val(self->node_stack, self->node);
    self->node = node;
    return TRUE;
}

static gboolean
set_weight(UmkGraphmlReader *self, double *out, GError **error)
{
    char *stop = NULL;
    double value;

    g_strstrip(self->text->str);
    value = g_ascii_strtod(self->text->str, &stop);
    if (stop == self->text->str || *stop != '\0' || !isfinite(value) || value < 0.0 ||
        value > (double) G_MAXFLOAT)
        return fail(self, error, _("a weight is not a finite number of 0 or more"));
    *out = value;
    self->weighted = TRUE;
    return TRUE;
}

/* A label of a better kind (label, then name, then yEd's) replaces a poorer one. */
static void
set_label(UmkGraphmlReader *self, guint8 rank)
{
    guint8 *ranks;

    g_strstrip(self->text->str);
    if (*self->text->str == '\0')
        return;
    if (self->label_ranks->len <= self->node)
        g_array_set_size(self->label_ranks, self->node + 1);
    ranks = (guint8 *) self->label_ranks->data;
    if (ranks[self->node] >= rank)
        return;
    ranks[self->node] = rank;
    _umk_graph_builder_set_label(self->builder, self->node, self->text->str);
}

static gboolean
close_data(UmkGraphmlReader *self, GError **error)
{
    self->in_data = FALSE;
    if (self->in_edge)
        return self->data_key != KEY_EDGE_WEIGHT ||
               set_weight(self, &self->weight, error);
    if (self->node == G_MAXUINT32)
        return TRUE;
    if (self->data_key == KEY_NODE_LABEL)
        set_label(self, 3);
    else if (self->data_key == KEY_NODE_NAME)
        set_label(self, 2);
    return TRUE;
}

static gboolean
open_element(UmkGraphmlReader *self, const char *name, GError **error)
{
    if (!self->seen_root) {
        self->seen_root = TRUE;
        if (strcmp(name, "graphml") != 0)
            return fail(self, error, _("the root element is not “graphml”"));
        return TRUE;
    }
    if (strcmp(name, "node") == 0)
        return open_node(self, error);
    if (strcmp(name, "edge") == 0)
        return open_edge(self, error);
    if (strcmp(name, "graph") == 0)
        return open_graph(self, error);
    if (strcmp(name, "hyperedge") == 0)
        return fail(self, error, _("hyperedges are not supported"));
    if (strcmp(name, "key") == 0) {
        open_key(self);
    } else if (strcmp(name, "default") == 0) {
        self->in_default = TRUE;
        g_string_truncate(self->text, 0);
    } else if (strcmp(name, "data") == 0) {
        g_autofree char *key = dup_attribute(self, "key");

        self->data_key = lookup_key(self, key);
        self->in_data = TRUE;
        g_string_truncate(self->text, 0);
    } else if (strcmp(name, "NodeLabel") == 0 && self->in_data) {
        self->in_yed_label = TRUE;
        g_string_truncate(self->text, 0);
    }
    return TRUE;
}

static gboolean
close_edge(UmkGraphmlReader *self, GError **error)
{
    if (!self->in_edge)
        return TRUE;
    self->in_edge = FALSE;
    return _umk_graph_builder_add_edge(self->builder, self->source, self->target,
                                       self->weight, self->edge_directed, error);
}

static gboolean
close_element(UmkGraphmlReader *self, const char *name, GError **error)
{
    if (strcmp(name, "edge") == 0)
        return close_edge(self, error);
    if (strcmp(name, "node") == 0 && self->node_stack->len > 0) {
        self->node = g_array_index(self->node_stack, guint32, self->node_stack->len - 1);
        g_array_set_size(self->node_stack, self->node_stack->len - 1);
    } else if (strcmp(name, "data") == 0 && self->in_data) {
        return close_data(self, error);
    } else if (strcmp(name, "default") == 0 && self->in_default) {
        self->in_default = FALSE;
        if (lookup_key(self, self->key_id) == KEY_EDGE_WEIGHT)
            return set_weight(self, &self->default_weight, error);
    } else if (strcmp(name, "NodeLabel") == 0 && self->in_yed_label) {
        self->in_yed_label = FALSE;
        if (self->node != G_MAXUINT32 && !self->in_edge)
            set_label(self, 1);
        g_string_truncate(self->text, 0);
    }
    return TRUE;
}

static gboolean
refuse_entities(UmkGraphmlReader *self, GError **error)
{
    /* The node that is current here is the type declaration itself. Asking the reader for
     * its document instead would make that document ours to free. */
    const xmlDtd *dtd =
        (const xmlDtd *) (const void *) xmlTextReaderCurrentNode(self->reader);

    if (dtd != NULL && dtd->type == XML_DTD_NODE &&
        (dtd->entities != NULL || dtd->pentities != NULL))
        return fail(self, error, _("the document declares entities, which are not read"));
    return TRUE;
}

static gboolean
take_token(UmkGraphmlReader *self, GError **error)
{
    const char *name = (const char *) xmlTextReaderConstLocalName(self->reader);
    const char *value;

    switch (xmlTextReaderNodeType(self->reader)) {
    case XML_READER_TYPE_DOCUMENT_TYPE:
        return refuse_entities(self, error);
    case XML_READER_TYPE_ENTITY_REFERENCE:
        return fail(self, error, _("an entity is used, which is not read"));
    case XML_READER_TYPE_ELEMENT: {
        gboolean empty = xmlTextReaderIsEmptyElement(self->reader) == 1;
        g_autofree char *copy = g_strdup(name);

        return open_element(self, copy, error) &&
               (!empty || close_element(self, copy, error));
    }
    case XML_READER_TYPE_END_ELEMENT:
        return close_element(self, name, error);
    case XML_READER_TYPE_TEXT:
    case XML_READER_TYPE_CDATA:
        value = (const char *) xmlTextReaderConstValue(self->reader);
        if (value != NULL && (self->in_data || self->in_default))
            g_string_append(self->text, value);
        return TRUE;
    default:
        return TRUE;
    }
}

/* libxml2 must not print; what it says is kept for our own message. */
static void
on_xml_error(void *data,
             const char *message,
             xmlParserSeverities severity,
             xmlTextReaderLocatorPtr locator)
{
    char **kept = data;

    (void) locator;
    if (*kept == NULL && severity == XML_PARSER_SEVERITY_ERROR)
        *kept = g_strstrip(g_utf8_make_valid(message, -1));
}

static UmkGraph *
parse(UmkGraphmlReader *self, GError **error)
{
    g_autofree char *message = NULL;
    int status;

    xmlTextReaderSetErrorHandler(self->reader, on_xml_error, &message);
    while ((status = xmlTextReaderRead(self->reader)) == 1)
        if (!take_token(self, error))
            return NULL;
    if (status != 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("Line %d: broken XML: %s"),
                    xmlTextReaderGetParserLineNumber(self->reader),
                    message != NULL ? message : _("unknown trouble"));
        return NULL;
    }
    if (_umk_graph_builder_get_n_nodes(self->builder) == 0) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("The GraphML document holds no node"));
        return NULL;
    }
    _umk_graph_builder_set_weighted(self->builder, self->weighted);
    return _umk_graph_builder_build(self->builder, error);
}

UmkGraph *
_umk_graphml_parse(const char *data, gsize length, GError **error)
{
    UmkGraphmlReader self = {.node = G_MAXUINT32, .default_weight = 1.0};
    UmkGraph *graph;

    if (length > UMK_GRAPHML_MAX_BYTES) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("A GraphML document of %zu bytes is over the limit of "
                      "%zu"),
                    length, UMK_GRAPHML_MAX_BYTES);
        return NULL;
    }
    self.reader =
        xmlReaderForMemory(data, (int) length, NULL, NULL,
                           XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_COMPACT);
    if (self.reader == NULL) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("The GraphML document is empty"));
        return NULL;
    }
    self.builder = _umk_graph_builder_new();
    self.keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self.label_ranks = g_array_new(FALSE, TRUE, sizeof(guint8));
    self.node_stack = g_array_new(FALSE, FALSE, sizeof(guint32));
    self.text = g_string_new(NULL);
    graph = parse(&self, error);
    xmlFreeTextReader(self.reader);
    _umk_graph_builder_free(self.builder);
    g_hash_table_unref(self.keys);
    g_array_unref(self.label_ranks);
    g_array_unref(self.node_stack);
    g_string_free(self.text, TRUE);
    g_free(self.key_id);
    return graph;
}

guint
_umk_graphml_probe(const guint8 *head, gsize length)
{
    if (length == 0 || head[0] == '\0')
        return 0;
    return g_strstr_len((const char *) head, (gssize) length, "<graphml") != NULL ? 95
                                                                                  : 0;
}
