/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A debias to bytes and back; the layout stands in the header. */
#include "bias/umk-debias-private.h"

#include "core/umk-alloc-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define MAGIC       "UMKDEBI1"
#define MAGIC_SIZE  8
#define VERSION     1
#define DIGEST_SIZE 32
#define MAX_DIMS    16384
#define MAX_TEXT    (64u << 20)
#define ALL_FLAGS   (UMK_DEBIAS_UNIT_FIRST | UMK_DEBIAS_UNIT_AFTER)

G_STATIC_ASSERT(G_BYTE_ORDER == G_LITTLE_ENDIAN);

typedef struct {
    char magic[MAGIC_SIZE];
    guint32 version, flags, n_dims, rank;
    guint32 n_params, n_sets, n_facts, n_notes, n_rows, n_exempt;
    guint64 seed, n_text;
} Header;

G_STATIC_ASSERT(sizeof(Header) == 64);

static void
digest_of(const guint8 *data, gsize length, guint8 out[DIGEST_SIZE])
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    gsize size = DIGEST_SIZE;

    g_checksum_update(sum, data, (gssize) length);
    g_checksum_get_digest(sum, out, &size);
}

static char *
digest_words(const guint8 digest[DIGEST_SIZE])
{
    GString *words = g_string_new("sha256:");

    for (gsize i = 0; i < DIGEST_SIZE; i++)
        g_string_append_printf(words, "%02x", digest[i]);
    return g_string_free(words, FALSE);
}

/* ---- writing ---------------------------------------------------------------------- */

static void
append_words(GByteArray *text, const GPtrArray *words)
{
    for (guint i = 0; i < words->len; i++)
        g_byte_array_append(text, words->pdata[i], (guint) strlen(words->pdata[i]) + 1);
}

static void
append_doubles(GByteArray *out, const double *values, gsize n)
{
    if (n > 0)
        g_byte_array_append(out, (const guint8 *) values, (guint) (n * sizeof *values));
}

/**
 * umk_debias_to_bytes:
 * @self: a debias
 *
 * Returns: (transfer full): a small versioned file with a checksum, for
 *   umk_debias_from_bytes()
 */
GBytes *
umk_debias_to_bytes(UmkDebias *self)
{
    g_autoptr(GByteArray) text = g_byte_array_new();
    GByteArray *out = g_byte_array_new();
    guint8 digest[DIGEST_SIZE];
    Header header = {.version = VERSION};
    gsize d;

    g_return_val_if_fail(self != NULL, NULL);
    d = self->n_dims;
    g_byte_array_append(text, (const guint8 *) self->method,
                        (guint) strlen(self->method) + 1);
    append_words(text, self->params);
    append_words(text, self->sets);
    append_words(text, self->facts);
    append_words(text, self->notes);
    append_words(text, self->row_names);
    append_words(text, self->exempt);
    memcpy(header.magic, MAGIC, MAGIC_SIZE);
    header.flags = self->flags;
    header.n_dims = self->n_dims;
    header.rank = self->rank;
    header.n_params = self->params->len / 2;
    header.n_sets = self->sets->len / 4;
    header.n_facts = self->facts->len;
    header.n_notes = self->notes->len;
    header.n_rows = self->row_names->len;
    header.n_exempt = self->exempt->len;
    header.seed = self->seed;
    header.n_text = text->len;
    g_byte_array_append(out, (const guint8 *) &header, sizeof header);
    g_byte_array_append(out, text->data, text->len);
    append_doubles(out, (const double *) self->fact_values->data, self->facts->len);
    append_doubles(out, self->shift, d);
    append_doubles(out, self->back, d);
    if (self->rank == UMK_DEBIAS_FULL) {
        append_doubles(out, self->full, d * d);
    } else {
        append_doubles(out, self->left, d * self->rank);
        append_doubles(out, self->right, d * self->rank);
    }
    if (self->rows->len > 0)
        g_byte_array_append(out, (const guint8 *) self->rows->data,
                            (guint) (self->rows->len * sizeof(float)));
    digest_of(out->data, out->len, digest);
    g_byte_array_append(out, digest, sizeof digest);
    return g_byte_array_free_to_bytes(out);
}

/* ---- reading ---------------------------------------------------------------------- */

typedef struct {
    const guint8 *at, *end;
} Reader;

static gboolean
fail(GError **error, const char *what)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("Not a debias: %s"), what);
    return FALSE;
}

static gboolean
take_words(Reader *text, GPtrArray *words, gsize n, GError **error)
{
    for (gsize i = 0; i < n; i++) {
        gsize left = (gsize) (text->end - text->at);
        const guint8 *stop = left > 0 ? memchr(text->at, 0, left) : NULL;

        if (stop == NULL)
            return fail(error, _("its text is shorter than it says"));
        if (!g_utf8_validate((const char *) text->at, stop - text->at, NULL))
            return fail(error, _("its text is not UTF-8"));
        g_ptr_array_add(words, g_strdup((const char *) text->at));
        text->at = stop + 1;
    }
    return TRUE;
}

static gboolean
take_doubles(
    Reader *body, double *out, gsize n, gboolean may_be_undefined, GError **error)
{
    if (n > 0)
        memcpy(out, body->at, n * sizeof *out);
    body->at += n * sizeof *out;
    for (gsize i = 0; i < n; i++)
        if (!isfinite(out[i]) && !may_be_undefined)
            return fail(error, _("a number in it is not finite"));
    return TRUE;
}

static gboolean
check_header(const Header *header, gsize length, GError **error)
{
    guint64 d = header->n_dims, n_doubles, expected;

    if (header->version != VERSION) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_VERSION,
                    _("A debias of version %u; this program reads version %d"),
                    header->version, VERSION);
        return FALSE;
    }
    if (d == 0 || d > MAX_DIMS || (header->flags & ~ALL_FLAGS) != 0 ||
        (header->rank != UMK_DEBIAS_FULL && header->rank > d) ||
        header->n_text > MAX_TEXT)
        return fail(error, _("its sizes are out of range"));
    n_doubles = header->n_facts + 2 * d +
                (header->rank == UMK_DEBIAS_FULL ? d * d : 2 * d * header->rank);
    expected = sizeof *header + header->n_text + n_doubles * sizeof(double) +
               header->n_rows * d * sizeof(float) + DIGEST_SIZE;
    if (length != expected)
        return fail(error, _("its sizes do not fit its length"));
    return TRUE;
}

static gboolean
read_text(UmkDebias *self, const Header *header, Reader *text, GError **error)
{
    g_autoptr(GPtrArray) method = g_ptr_array_new_with_free_func(g_free);

    if (!take_words(text, method, 1, error) ||
        !take_words(text, self->params, (gsize) 2 * header->n_params, error) ||
        !take_words(text, self->sets, (gsize) 4 * header->n_sets, error) ||
        !take_words(text, self->facts, header->n_facts, error) ||
        !take_words(text, self->notes, header->n_notes, error) ||
        !take_words(text, self->row_names, header->n_rows, error) ||
        !take_words(text, self->exempt, header->n_exempt, error))
        return FALSE;
    if (text->at != text->end)
        return fail(error, _("its text is longer than it says"));
    for (guint i = 1; i < self->params->len; i += 2)
        if (strchr("nbs", *(const char *) self->params->pdata[i]) == NULL ||
            *(const char *) self->params->pdata[i] == '\0')
            return fail(error, _("the kind of an option is unknown"));
    g_free(self->method);
    self->method = g_strdup(method->pdata[0]);
    return TRUE;
}

static double *
new_doubles(gsize n, GError **error)
{
    return _umk_alloc(n, sizeof(double), _("A debias"), error);
}

static gboolean
read_numbers(UmkDebias *self, const Header *header, Reader *body, GError **error)
{
    gsize d = self->n_dims, rank = header->rank;

    g_array_set_size(self->fact_values, header->n_facts);
    if (!take_doubles(body, (double *) self->fact_values->data, header->n_facts, TRUE,
                      error) ||
        !take_doubles(body, self->shift, d, FALSE, error) ||
        !take_doubles(body, self->back, d, FALSE, error))
        return FALSE;
    self->rank = header->rank;
    if (header->rank == UMK_DEBIAS_FULL) {
        if ((self->full = new_doubles(d * d, error)) == NULL ||
            !take_doubles(body, self->full, d * d, FALSE, error))
            return FALSE;
    } else if ((self->left = new_doubles(d * rank, error)) == NULL ||
               (self->right = new_doubles(d * rank, error)) == NULL ||
               !take_doubles(body, self->left, d * rank, FALSE, error) ||
               !take_doubles(body, self->right, d * rank, FALSE, error)) {
        return FALSE;
    }
    g_array_set_size(self->rows, (guint) (header->n_rows * d));
    if (self->rows->len > 0)
        memcpy(self->rows->data, body->at, self->rows->len * sizeof(float));
    for (guint i = 0; i < self->rows->len; i++)
        if (!isfinite(g_array_index(self->rows, float, i)))
            return fail(error, _("a number in it is not finite"));
    return TRUE;
}

/**
 * umk_debias_from_bytes:
 * @bytes: what umk_debias_to_bytes() gave
 * @error: return location for an error
 *
 * Reads any bytes safely. A debias of a method that this program does not know can be
 * applied all the same.
 *
 * Returns: (transfer full): the debias
 */
UmkDebias *
umk_debias_from_bytes(GBytes *bytes, GError **error)
{
    g_autoptr(UmkDebias) self = NULL;
    guint8 digest[DIGEST_SIZE];
    const guint8 *data;
    Reader text, body;
    Header header;
    gsize length;

    g_return_val_if_fail(bytes != NULL, NULL);
    data = g_bytes_get_data(bytes, &length);
    if (length < sizeof header + DIGEST_SIZE || memcmp(data, MAGIC, MAGIC_SIZE) != 0) {
        fail(error, _("it does not call itself one"));
        return NULL;
    }
    memcpy(&header, data, sizeof header);
    if (!check_header(&header, length, error))
        return NULL;
    digest_of(data, length - DIGEST_SIZE, digest);
    if (memcmp(digest, data + length - DIGEST_SIZE, DIGEST_SIZE) != 0) {
        fail(error, _("it does not match its checksum"));
        return NULL;
    }
    text = (Reader){data + sizeof header, data + sizeof header + header.n_text};
    body = (Reader){text.end, data + length - DIGEST_SIZE};
    self = _umk_debias_new("", header.n_dims);
    self->flags = header.flags;
    self->seed = header.seed;
    if (!read_text(self, &header, &text, error) ||
        !read_numbers(self, &header, &body, error))
        return NULL;
    _umk_debias_finish(self);
    return g_steal_pointer(&self);
}

/* ---- telling ---------------------------------------------------------------------- */

static void
add_string(JsonBuilder *builder, const char *member, const char *value)
{
    json_builder_set_member_name(builder, member);
    json_builder_add_string_value(builder, value);
}

static void
add_params(JsonBuilder *builder, const UmkDebias *self)
{
    json_builder_set_member_name(builder, "params");
    json_builder_begin_object(builder);
    for (guint i = 0; i + 1 < self->params->len; i += 2) {
        const char *name = self->params->pdata[i], *value = self->params->pdata[i + 1];

        if (*value == 'n') {
            double number = g_ascii_strtod(value + 1, NULL);

            if (number == floor(number) && fabs(number) < 1e15) {
                json_builder_set_member_name(builder, name);
                json_builder_add_int_value(builder, (gint64) number);
            } else {
                _umk_bias_add_number(builder, name, number);
            }
        } else if (*value == 'b') {
            json_builder_set_member_name(builder, name);
            json_builder_add_boolean_value(builder, value[1] == '1');
        } else {
            add_string(builder, name, value + 1);
        }
    }
    json_builder_end_object(builder);
}

static void
add_sets(JsonBuilder *builder, const UmkDebias *self)
{
    json_builder_set_member_name(builder, "sets");
    json_builder_begin_array(builder);
    for (guint i = 0; i + 3 < self->sets->len; i += 4) {
        json_builder_begin_object(builder);
        add_string(builder, "role", self->sets->pdata[i]);
        add_string(builder, "title", self->sets->pdata[i + 1]);
        json_builder_set_member_name(builder, "n");
        json_builder_add_int_value(
            builder, (gint64) g_ascii_strtoull(self->sets->pdata[i + 2], NULL, 10));
        add_string(builder, "digest", self->sets->pdata[i + 3]);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

static void
add_words(JsonBuilder *builder, const char *member, const GPtrArray *words)
{
    json_builder_set_member_name(builder, member);
    json_builder_begin_array(builder);
    for (guint i = 0; i < words->len; i++)
        json_builder_add_string_value(builder, words->pdata[i]);
    json_builder_end_array(builder);
}

/**
 * umk_debias_to_json:
 * @self: a debias
 *
 * Tells how it was made: `method`, `params`, `seed`, `sets` (role, title, number of
 * items, digest of their names), `n_dims`, `rank` (null: a full matrix), `equalized` and
 * `exempt` names, `facts` (null where undefined), `notes` and `digest` (of the file).
 * Codes are put into words by umk_bias_describe().
 *
 * Returns: (transfer full): a JSON object
 */
char *
umk_debias_to_json(UmkDebias *self)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *digest = NULL;
    gsize length;
    const guint8 *data;

    g_return_val_if_fail(self != NULL, NULL);
    bytes = umk_debias_to_bytes(self);
    data = g_bytes_get_data(bytes, &length);
    digest = digest_words(data + length - DIGEST_SIZE);
    json_builder_begin_object(builder);
    add_string(builder, "method", self->method);
    add_params(builder, self);
    json_builder_set_member_name(builder, "seed");
    json_builder_add_int_value(builder, (gint64) self->seed);
    add_sets(builder, self);
    json_builder_set_member_name(builder, "n_dims");
    json_builder_add_int_value(builder, self->n_dims);
    json_builder_set_member_name(builder, "rank");
    if (self->rank == UMK_DEBIAS_FULL)
        json_builder_add_null_value(builder);
    else
        json_builder_add_int_value(builder, self->rank);
    add_words(builder, "equalized", self->row_names);
    add_words(builder, "exempt", self->exempt);
    json_builder_set_member_name(builder, "facts");
    json_builder_begin_object(builder);
    for (guint i = 0; i < self->facts->len; i++)
        _umk_bias_add_number(builder, self->facts->pdata[i],
                             g_array_index(self->fact_values, double, i));
    json_builder_end_object(builder);
    add_words(builder, "notes", self->notes);
    add_string(builder, "digest", digest);
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_to_string(root, FALSE);
}
