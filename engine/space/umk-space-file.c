/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A space as bytes: a safetensors file, so any tool can look inside.
 *
 *   u64 length of the header, little endian; the header, JSON; the numbers
 *   header.__metadata__ = {"format": "umekomi-space/1", "space": JSON as a string}
 *     space = {"name", "n_dims", "metric",
 *              "frames": [{"frame", "n_dims", "identity", "normalize", "report"}, ...]}
 *   header."frame.I.weight" = F32 (n_dims of the frame, n_dims of the space)
 *   header."frame.I.bias"   = F32 (n_dims of the space), both for frames without identity
 *
 * A frame that is bent has "hidden": N, its width, and the tensors
 * "frame.I.hidden.weight" (n_dims of the frame, N), "frame.I.hidden.bias" (N) and
 * "frame.I.bend" (N, n_dims of the space). A file with such a frame calls itself
 * "umekomi-space/2", because a reader that left the bend out would map wrongly; any other
 * stays "umekomi-space/1".
 *
 * A trained head is a space file with one frame, or the same container with tensors as
 * PyTorch has them: weight (n_out, n_in) and, if wanted, bias (n_out). Everything a file
 * claims is checked. */
#include "space/umk-space-private.h"

#include "core/umk-alloc-private.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include <math.h>
#include <string.h>

#define FORMAT      "umekomi-space/1"
#define FORMAT_BENT "umekomi-space/2"
#define MAX_HEADER  ((guint64) 16 << 20)
#define MAX_FRAMES  4096
#define MAX_DEPTH   64

/* ---- writing --------------------------------------------------------------------- */

static void
add_tensor(JsonBuilder *builder, const char *name, gsize rows, gsize cols, gsize *offset)
{
    gsize size = MAX(rows, 1) * cols * sizeof(float);

    json_builder_set_member_name(builder, name);
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "dtype");
    json_builder_add_string_value(builder, "F32");
    json_builder_set_member_name(builder, "shape");
    json_builder_begin_array(builder);
    if (rows > 0)
        json_builder_add_int_value(builder, (gint64) rows);
    json_builder_add_int_value(builder, (gint64) cols);
    json_builder_end_array(builder);
    json_builder_set_member_name(builder, "data_offsets");
    json_builder_begin_array(builder);
    json_builder_add_int_value(builder, (gint64) *offset);
    *offset += size;
    json_builder_add_int_value(builder, (gint64) *offset);
    json_builder_end_array(builder);
    json_builder_end_object(builder);
}

static char *
build_to_text(JsonBuilder *builder)
{
    g_autoptr(JsonNode) root = json_builder_get_root(builder);

    return json_to_string(root, FALSE);
}

static char *
describe(UmkSpace *self)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "name");
    json_builder_add_string_value(builder, self->name);
    json_builder_set_member_name(builder, "n_dims");
    json_builder_add_int_value(builder, (gint64) self->n_dims);
    json_builder_set_member_name(builder, "metric");
    json_builder_add_string_value(builder, umk_metric_get_name(self->metric));
    json_builder_set_member_name(builder, "frames");
    json_builder_begin_array(builder);
    for (guint i = 0; i < self->aligners->len; i++) {
        const UmkAligner *aligner = self->aligners->pdata[i];

        json_builder_begin_object(builder);
        json_builder_set_member_name(builder, "frame");
        json_builder_add_string_value(builder, aligner->frame);
        json_builder_set_member_name(builder, "n_dims");
        json_builder_add_int_value(builder, (gint64) aligner->n_dims);
        json_builder_set_member_name(builder, "identity");
        json_builder_add_boolean_value(builder, aligner->identity);
        json_builder_set_member_name(builder, "normalize");
        json_builder_add_boolean_value(builder, aligner->normalize);
        if (aligner->n_hidden > 0) {
            json_builder_set_member_name(builder, "hidden");
            json_builder_add_int_value(builder, (gint64) aligner->n_hidden);
        }
        if (aligner->report != NULL) {
            json_builder_set_member_name(builder, "report");
            json_builder_add_string_value(builder, aligner->report);
        }
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    return build_to_text(builder);
}

static gboolean
is_bent(UmkSpace *self)
{
    for (guint i = 0; i < self->aligners->len; i++)
        if (((const UmkAligner *) self->aligners->pdata[i])->n_hidden > 0)
            return TRUE;
    return FALSE;
}

static void
add_bend(JsonBuilder *builder, UmkSpace *self, guint number, gsize *offset)
{
    const UmkAligner *aligner = self->aligners->pdata[number];
    g_autofree char *weight = g_strdup_printf("frame.%u.hidden.weight", number);
    g_autofree char *bias = g_strdup_printf("frame.%u.hidden.bias", number);
    g_autofree char *bend = g_strdup_printf("frame.%u.bend", number);

    add_tensor(builder, weight, aligner->n_dims, aligner->n_hidden, offset);
    add_tensor(builder, bias, 0, aligner->n_hidden, offset);
    add_tensor(builder, bend, aligner->n_hidden, self->n_dims, offset);
}

static char *
write_header(UmkSpace *self)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autofree char *description = describe(self);
    gsize offset = 0;

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "__metadata__");
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "format");
    json_builder_add_string_value(builder, is_bent(self) ? FORMAT_BENT : FORMAT);
    json_builder_set_member_name(builder, "space");
    json_builder_add_string_value(builder, description);
    json_builder_end_object(builder);
    for (guint i = 0; i < self->aligners->len; i++) {
        const UmkAligner *aligner = self->aligners->pdata[i];
        g_autofree char *weight = g_strdup_printf("frame.%u.weight", i);
        g_autofree char *bias = g_strdup_printf("frame.%u.bias", i);

        if (aligner->identity)
            continue;
        add_tensor(builder, weight, aligner->n_dims, self->n_dims, &offset);
        add_tensor(builder, bias, 0, self->n_dims, &offset);
        if (aligner->n_hidden > 0)
            add_bend(builder, self, i, &offset);
    }
    json_builder_end_object(builder);
    return build_to_text(builder);
}

static void
append_floats(GByteArray *out, const float *values, gsize n)
{
    if (n > 0)
        g_byte_array_append(out, (const guint8 *) values, (guint) (n * sizeof(float)));
}

/**
 * umk_space_to_bytes:
 * @self: a space
 *
 * The space with all its aligners, as a safetensors file that umk_space_new_from_bytes()
 * reads. The same space always gives the same bytes.
 *
 * Returns: (transfer full): the file
 */
GBytes *
umk_space_to_bytes(UmkSpace *self)
{
    g_autofree char *header = NULL;
    GByteArray *out;
    gsize length, padded;
    guint64 prefix;

    g_return_val_if_fail(self != NULL, NULL);
    header = write_header(self);
    out = g_byte_array_new();
    length = strlen(header);
    padded = (length + 7) / 8 * 8;
    prefix = GUINT64_TO_LE((guint64) padded);
    g_byte_array_append(out, (const guint8 *) &prefix, sizeof prefix);
    g_byte_array_append(out, (const guint8 *) header, (guint) length);
    g_byte_array_append(out, (const guint8 *) "        ", (guint) (padded - length));
    for (guint i = 0; i < self->aligners->len; i++) {
        const UmkAligner *aligner = self->aligners->pdata[i];

        if (aligner->identity)
            continue;
        append_floats(out, aligner->weight, aligner->n_dims * self->n_dims);
        append_floats(out, aligner->bias, self->n_dims);
        append_floats(out, aligner->hidden, aligner->n_dims * aligner->n_hidden);
        append_floats(out, aligner->hidden_bias, aligner->n_hidden);
        append_floats(out, aligner->bend, aligner->n_hidden * self->n_dims);
    }
    return g_byte_array_free_to_bytes(out);
}

/* ---- reading --------------------------------------------------------------------- */

typedef struct {
    JsonParser *parser;
    JsonObject *header;
    const guint8 *data; /* behind the header */
    gsize size;
} UmkContainer;

static gboolean
fail(GError **error, const char *what)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("Not the file of a space or a head: %s"), what);
    return FALSE;
}

/* json-glib descends by recursion without a limit: a file of brackets would end the
 * stack. */
static gboolean
is_shallow(const char *text, gsize length)
{
    gboolean quoted = FALSE;
    gsize depth = 0;

    for (gsize i = 0; i < length; i++) {
        if (quoted) {
            if (text[i] == '\\')
                i++;
            else if (text[i] == '"')
                quoted = FALSE;
        } else if (text[i] == '"') {
            quoted = TRUE;
        } else if (text[i] == '[' || text[i] == '{') {
            if (++depth > MAX_DEPTH)
                return FALSE;
        } else if (text[i] == ']' || text[i] == '}') {
            depth -= depth > 0;
        }
    }
    return TRUE;
}

static JsonObject *
parse_object(JsonParser *parser, const char *text, gsize length, GError **error)
{
    g_autoptr(GError) detail = NULL;
    JsonNode *root;

    if (!g_utf8_validate(text, (gssize) length, NULL)) {
        fail(error, _("its description is not UTF-8"));
        return NULL;
    }
    if (!is_shallow(text, length)) {
        fail(error, _("its description is nested too deeply"));
        return NULL;
    }
    if (!json_parser_load_from_data(parser, text, (gssize) length, &detail)) {
        fail(error, detail->message);
        return NULL;
    }
    root = json_parser_get_root(parser);
    if (root == NULL || !JSON_NODE_HOLDS_OBJECT(root)) {
        fail(error, _("its description is no JSON object"));
        return NULL;
    }
    return json_node_get_object(root);
}

static gboolean
open_container(UmkContainer *self, GBytes *bytes, GError **error)
{
    guint64 length;

    self->data = g_bytes_get_data(bytes, &self->size);
    if (self->size < sizeof length)
        return fail(error, _("it is shorter than its first number"));
    memcpy(&length, self->data, sizeof length);
    length = GUINT64_FROM_LE(length);
    if (length > self->size - sizeof length || length > MAX_HEADER)
        return fail(error, _("its header is longer than the file"));
    self->parser = json_parser_new_immutable();
    self->header = parse_object(self->parser, (const char *) self->data + sizeof length,
                                (gsize) length, error);
    self->data += sizeof length + length;
    self->size -= sizeof length + (gsize) length;
    return self->header != NULL;
}

static const char *
get_string(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node != NULL && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node)
                                                       : NULL;
}

static gboolean
node_get_size(JsonNode *node, guint64 most, gsize *value)
{
    gint64 number;

    if (node == NULL || !JSON_NODE_HOLDS_VALUE(node) ||
        json_node_get_value_type(node) != G_TYPE_INT64)
        return FALSE;
    number = json_node_get_int(node);
    if (number < 0 || (guint64) number > most)
        return FALSE;
    *value = (gsize) number;
    return TRUE;
}

static gboolean
get_bool(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node != NULL && JSON_NODE_HOLDS_VALUE(node) &&
           json_node_get_value_type(node) == G_TYPE_BOOLEAN &&
           json_node_get_boolean(node);
}

static JsonArray *
get_array(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

/* Reads the shape of an F32 tensor; missing is FALSE without an error. */
static gboolean
find_tensor(const UmkContainer *self,
            const char *name,
            gsize *shape,
            gsize n_shape,
            gsize *begin,
            GError **error)
{
    JsonNode *node = json_object_get_member(self->header, name);
    JsonArray *sizes, *offsets;
    JsonObject *object;
    gsize count = 1, end;

    if (node == NULL)
        return FALSE;
    if (!JSON_NODE_HOLDS_OBJECT(node))
        return fail(error, _("a tensor is no JSON object"));
    object = json_node_get_object(node);
    sizes = get_array(object, "shape");
    offsets = get_array(object, "data_offsets");
    if (g_strcmp0(get_string(object, "dtype"), "F32") != 0 || sizes == NULL ||
        offsets == NULL || json_array_get_length(sizes) != n_shape ||
        json_array_get_length(offsets) != 2)
        return fail(error, _("a tensor has the wrong type or shape; F32 is expected"));
    for (gsize i = 0; i < n_shape; i++) {
        if (!node_get_size(json_array_get_element(sizes, (guint) i), UMK_SPACE_MAX_DIMS,
                           &shape[i]) ||
            !_umk_size_mul(count, shape[i], &count))
            return fail(error, _("a tensor is larger than anything allowed"));
    }
    if (!node_get_size(json_array_get_element(offsets, 0), self->size, begin) ||
        !node_get_size(json_array_get_element(offsets, 1), self->size, &end) ||
        end < *begin || (end - *begin) / sizeof(float) != count ||
        (end - *begin) % sizeof(float) != 0)
        return fail(error, _("a tensor lies outside the file or has the wrong size"));
    return TRUE;
}

static float *
copy_floats(const UmkContainer *self, gsize begin, gsize count, GError **error)
{
    g_autofree float *out = _umk_alloc(count, sizeof(float), _("An aligner"), error);

    if (out == NULL)
        return NULL;
    memcpy(out, self->data + begin, count * sizeof(float));
    for (gsize i = 0; i < count; i++) {
        if (!isfinite(out[i])) {
            fail(error, _("a number in it is not finite"));
            return NULL;
        }
    }
    return g_steal_pointer(&out);
}

static gboolean
read_weights(const UmkContainer *self,
             guint number,
             gsize n_out,
             UmkAligner *aligner,
             GError **error)
{
    g_autofree char *weight = g_strdup_printf("frame.%u.weight", number);
    g_autofree char *bias = g_strdup_printf("frame.%u.bias", number);
    gsize shape[2], length, at, at_bias;
    GError *problem = NULL;

    if (!find_tensor(self, weight, shape, 2, &at, &problem) ||
        !find_tensor(self, bias, &length, 1, &at_bias, &problem) ||
        shape[0] != aligner->n_dims || shape[1] != n_out || length != n_out) {
        if (problem != NULL) {
            g_propagate_error(error, problem);
            return FALSE;
        }
        return fail(error, _("the tensors of a frame are missing or misshapen"));
    }
    aligner->weight = copy_floats(self, at, shape[0] * shape[1], error);
    if (aligner->weight == NULL)
        return FALSE;
    aligner->bias = copy_floats(self, at_bias, length, error);
    return aligner->bias != NULL;
}

static gboolean
read_bend(const UmkContainer *self,
          guint number,
          gsize n_out,
          UmkAligner *aligner,
          GError **error)
{
    g_autofree char *weight = g_strdup_printf("frame.%u.hidden.weight", number);
    g_autofree char *bias = g_strdup_printf("frame.%u.hidden.bias", number);
    g_autofree char *bend = g_strdup_printf("frame.%u.bend", number);
    gsize shape[2], out[2], length, at, at_bias, at_bend;
    GError *problem = NULL;

    if (!find_tensor(self, weight, shape, 2, &at, &problem) ||
        !find_tensor(self, bias, &length, 1, &at_bias, &problem) ||
        !find_tensor(self, bend, out, 2, &at_bend, &problem) ||
        shape[0] != aligner->n_dims || shape[1] != aligner->n_hidden ||
        length != aligner->n_hidden || out[0] != aligner->n_hidden || out[1] != n_out) {
        if (problem != NULL) {
            g_propagate_error(error, problem);
            return FALSE;
        }
        return fail(error, _("the tensors of a bend are missing or misshapen"));
    }
    aligner->hidden = copy_floats(self, at, shape[0] * shape[1], error);
    aligner->hidden_bias =
        aligner->hidden ? copy_floats(self, at_bias, length, error) : NULL;
    aligner->bend =
        aligner->hidden_bias ? copy_floats(self, at_bend, out[0] * out[1], error) : NULL;
    return aligner->bend != NULL;
}

static gboolean
read_frame(
    const UmkContainer *self, UmkSpace *space, JsonNode *node, guint i, GError **error)
{
    g_autoptr(UmkAligner) aligner = g_new0(UmkAligner, 1);
    const char *name;
    JsonObject *object;

    if (!JSON_NODE_HOLDS_OBJECT(node))
        return fail(error, _("a frame is no JSON object"));
    object = json_node_get_object(node);
    name = get_string(object, "frame");
    if (name == NULL || *name == '\0' ||
        !node_get_size(json_object_get_member(object, "n_dims"), UMK_SPACE_MAX_DIMS,
                       &aligner->n_dims) ||
        aligner->n_dims == 0)
        return fail(error, _("a frame lacks its name or its size"));
    if (json_object_has_member(object, "hidden") &&
        !node_get_size(json_object_get_member(object, "hidden"), UMK_SPACE_MAX_DIMS,
                       &aligner->n_hidden))
        return fail(error, _("the width of a bend is wrong"));
    if (_umk_space_find(space, name) != NULL)
        return fail(error, _("a frame is in it twice"));
    aligner->frame = g_strdup(name);
    aligner->identity = get_bool(object, "identity");
    aligner->normalize = get_bool(object, "normalize");
    aligner->report = g_strdup(get_string(object, "report"));
    if (aligner->identity && (aligner->n_dims != space->n_dims || aligner->n_hidden > 0))
        return fail(error, _("an identity frame has another size than the space"));
    if (!aligner->identity && !read_weights(self, i, space->n_dims, aligner, error))
        return FALSE;
    if (aligner->n_hidden > 0 && !read_bend(self, i, space->n_dims, aligner, error))
        return FALSE;
    _umk_space_take(space, g_steal_pointer(&aligner));
    return TRUE;
}

static UmkSpace *
read_space(const UmkContainer *self, JsonObject *object, GError **error)
{
    g_autoptr(UmkSpace) space = NULL;
    const char *name = get_string(object, "name");
    const char *metric_name = get_string(object, "metric");
    JsonArray *frames = get_array(object, "frames");
    UmkMetric metric;
    gsize n_dims;

    if (name == NULL || *name == '\0' || metric_name == NULL ||
        !umk_metric_from_name(metric_name, &metric) || frames == NULL ||
        json_array_get_length(frames) > MAX_FRAMES ||
        !node_get_size(json_object_get_member(object, "n_dims"), UMK_SPACE_MAX_DIMS,
                       &n_dims) ||
        n_dims == 0) {
        fail(error, _("its name, size, metric or frames are missing or wrong"));
        return NULL;
    }
    space = umk_space_new(name, n_dims, metric);
    for (guint i = 0; i < json_array_get_length(frames); i++)
        if (!read_frame(self, space, json_array_get_element(frames, i), i, error))
            return NULL;
    return g_steal_pointer(&space);
}

static UmkSpace *
read_container(const UmkContainer *self, GError **error)
{
    g_autoptr(JsonParser) inner = json_parser_new_immutable();
    JsonNode *node = json_object_get_member(self->header, "__metadata__");
    JsonObject *object;
    const char *text;

    if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node)) {
        fail(error, _("it has no metadata"));
        return NULL;
    }
    object = json_node_get_object(node);
    text = get_string(object, "format");
    if (text == NULL || !g_str_has_prefix(text, "umekomi-space/")) {
        fail(error, _("it does not call itself one"));
        return NULL;
    }
    if (!g_str_equal(text, FORMAT) && !g_str_equal(text, FORMAT_BENT)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_VERSION,
                    _("The space has format “%s”; this version reads “%s”"), text,
                    FORMAT_BENT);
        return NULL;
    }
    text = get_string(object, "space");
    object = parse_object(inner, text ? text : "", text ? strlen(text) : 0, error);
    return object != NULL ? read_space(self, object, error) : NULL;
}

/**
 * umk_space_new_from_bytes:
 * @bytes: what umk_space_to_bytes() made
 * @error: return location for an error
 *
 * Returns: (transfer full): the space; %NULL with %UMK_ERROR_INVALID_DATA if @bytes are
 * not one, with %UMK_ERROR_VERSION if they are of another version of the format
 */
UmkSpace *
umk_space_new_from_bytes(GBytes *bytes, GError **error)
{
    UmkContainer self = {0};
    UmkSpace *space = NULL;

    g_return_val_if_fail(bytes != NULL, NULL);
    if (open_container(&self, bytes, error))
        space = read_container(&self, error);
    g_clear_object(&self.parser);
    return space;
}

static gboolean
is_space(const UmkContainer *self)
{
    JsonNode *node = json_object_get_member(self->header, "__metadata__");
    const char *text = node != NULL && JSON_NODE_HOLDS_OBJECT(node)
                           ? get_string(json_node_get_object(node), "format")
                           : NULL;

    return text != NULL && g_str_has_prefix(text, "umekomi-space/");
}

/* The one frame that is no identity goes over, under the name asked for. */
static gboolean
take_frame(UmkSpace *self, const char *frame, UmkSpace *head, GError **error)
{
    UmkAligner *found = NULL;
    guint at = 0, n = 0;

    for (guint i = 0; i < head->aligners->len; i++) {
        UmkAligner *aligner = head->aligners->pdata[i];

        if (aligner->identity)
            continue;
        found = aligner;
        at = i;
        n++;
    }
    if (n != 1)
        return fail(error, _("it should have one frame with a map"));
    if (head->n_dims != self->n_dims) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("A head of %zu × %zu does not end in a space of %zu dimensions"),
                    head->n_dims, found->n_dims, self->n_dims);
        return FALSE;
    }
    g_ptr_array_steal_index(head->aligners, at);
    g_free(found->frame);
    found->frame = g_strdup(frame);
    _umk_space_take(self, found);
    return TRUE;
}

/**
 * umk_space_align_head:
 * @self: a space
 * @frame: name of the frame to join
 * @head: a safetensors file with F32 tensors "weight" (out, in) and, optionally, "bias";
 *   or a space with one mapped frame, as umk_train_align() leaves it
 * @error: return location for an error
 *
 * Joins a frame by a map that was trained elsewhere. Replaces the aligner @frame had.
 *
 * Returns: %FALSE with %UMK_ERROR_INVALID_DATA if @head is not that, with
 *   %UMK_ERROR_DIMENSION if it does not end in this space
 */
gboolean
umk_space_align_head(UmkSpace *self, const char *frame, GBytes *head, GError **error)
{
    UmkContainer container = {0};
    g_autoptr(UmkAligner) aligner = NULL;
    g_autofree float *stored = NULL;
    gsize shape[2] = {0, 0}, length, at, at_bias = 0;
    GError *problem = NULL;
    gboolean has_bias = FALSE, found;

    g_return_val_if_fail(self != NULL && frame != NULL && *frame != '\0' && head != NULL,
                         FALSE);
    found = open_container(&container, head, &problem);
    if (found && is_space(&container)) {
        g_autoptr(UmkSpace) space = read_container(&container, error);

        g_clear_object(&container.parser);
        return space != NULL && take_frame(self, frame, space, error);
    }
    found = found && find_tensor(&container, "weight", shape, 2, &at, &problem);
    if (found)
        has_bias = find_tensor(&container, "bias", &length, 1, &at_bias, &problem);
    if (problem == NULL && !found)
        fail(&problem, _("it has no tensor “weight”"));
    if (problem == NULL &&
        (shape[0] != self->n_dims || shape[1] == 0 || (has_bias && length != shape[0])))
        g_set_error(&problem, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("A head of %zu × %zu does not end in a space of %zu dimensions"),
                    shape[0], shape[1], self->n_dims);
    if (problem == NULL) {
        aligner = g_new0(UmkAligner, 1);
        aligner->frame = g_strdup(frame);
        aligner->n_dims = shape[1];
        stored = copy_floats(&container, at, shape[0] * shape[1], &problem);
        aligner->weight = g_new(float, shape[0] * shape[1]);
        aligner->bias = stored != NULL && has_bias
                            ? copy_floats(&container, at_bias, length, &problem)
                            : g_new0(float, shape[0]);
    }
    g_clear_object(&container.parser);
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return FALSE;
    }
    for (gsize o = 0; o < shape[0]; o++)
        for (gsize i = 0; i < shape[1]; i++)
            aligner->weight[i * shape[0] + o] = stored[o * shape[1] + i];
    _umk_space_take(self, g_steal_pointer(&aligner));
    return TRUE;
}
