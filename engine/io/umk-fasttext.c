/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads fastText models and makes vectors of words and lines as fastText does, in single
 * precision and in the same order of sums. */
#include "io/umk-fasttext-private.h"
#include "io/umk-word-index-private.h"

#include <inttypes.h>

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define MAGIC       0x2f4f16bau
#define MAX_DIMS    65536
#define MAX_ENTRIES (1 << 28)
#define MAX_NGRAM   64 /* characters; fastText's own default is 6 */
#define MAX_WORDS   64 /* of a word n-gram */
#define N_CENTROIDS 256
#define LABEL       "__label__" /* fastText's default; the file does not say */

typedef enum { MODEL_CBOW = 1, MODEL_SKIPGRAM, MODEL_SUPERVISED } ModelKind;

typedef struct {
    const guint8 *at, *end;
} Reader;

/* A product quantiser: a row is cut in parts, each one of 256 centroids. */
typedef struct {
    gsize n_dims, n_parts, part, last_part;
    const guint8 *centroids; /* f32, (n_parts, 256, part), the last (256, last_part) */
} Quantizer;

typedef struct {
    gsize n_rows, n_cols;
    const guint8 *rows; /* f32; NULL where quantised */
    const guint8 *codes;
    const guint8 *norms; /* NULL: none */
    Quantizer quantizer, norm_quantizer;
} Matrix;

struct _UmkFasttext {
    GBytes *bytes;
    gsize n_dims, n_words, n_bucket, n_min, n_max, n_joined;
    ModelKind kind;
    UmkWordIndex index;
    GHashTable *pruned; /* n-gram -> row, or NULL: nothing was pruned */
    Matrix input;
};

/* Reading */

static gboolean
cut_off(GError **error)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("The fastText model ends too early"));
    return FALSE;
}

static const guint8 *
take(Reader *reader, gsize n)
{
    const guint8 *at = reader->at;

    if ((gsize) (reader->end - reader->at) < n)
        return NULL;
    reader->at += n;
    return at;
}

static gint32
load_i32(const guint8 *at)
{
    guint32 bits;

    memcpy(&bits, at, sizeof bits);
    return (gint32) GUINT32_FROM_LE(bits);
}

static gint64
load_i64(const guint8 *at)
{
    guint64 bits;

    memcpy(&bits, at, sizeof bits);
    return (gint64) GUINT64_FROM_LE(bits);
}

static float
load_f32(const guint8 *at)
{
    gint32 bits = load_i32(at);
    float value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

/* An i32 or i64 of the file, within bounds. */
static gboolean
take_number(Reader *reader,
            gsize size,
            const char *what,
            gint64 least,
            gint64 most,
            gint64 *value,
            GError **error)
{
    const guint8 *at = take(reader, size);
    gint64 n;

    if (at == NULL)
        return cut_off(error);
    n = size == 8 ? load_i64(at) : load_i32(at);
    if (n < least || n > most) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The fastText model says %s = %" PRId64 ", expected %" PRId64
                      " to %" PRId64),
                    what, n, least, most);
        return FALSE;
    }
    *value = n;
    return TRUE;
}

typedef struct {
    const char *name;
    gint64 least, most;
} Field;

static gboolean
read_args(UmkFasttext *self, Reader *reader, gint64 version, GError **error)
{
    enum { DIM, NGRAMS = 5, MODEL = 7, BUCKET, MINN, MAXN, N_FIELDS = 12 };
    static const Field fields[N_FIELDS] = {
        {"dim", 1, MAX_DIMS},
        {"ws", G_MININT32, G_MAXINT32},
        {"epoch", G_MININT32, G_MAXINT32},
        {"minCount", G_MININT32, G_MAXINT32},
        {"neg", G_MININT32, G_MAXINT32},
        {"wordNgrams", 0, MAX_WORDS},
        {"loss", G_MININT32, G_MAXINT32},
        {"model", MODEL_CBOW, MODEL_SUPERVISED},
        {"bucket", 0, G_MAXINT32},
        {"minn", 0, MAX_NGRAM},
        {"maxn", 0, MAX_NGRAM},
        {"lrUpdateRate", G_MININT32, G_MAXINT32},
    };
    gint64 values[N_FIELDS];

    for (guint i = 0; i < N_FIELDS; i++)
        if (!take_number(reader, 4, fields[i].name, fields[i].least, fields[i].most,
                         &values[i], error))
            return FALSE;
    if (take(reader, 8) == NULL)
        return cut_off(error);
    self->n_dims = (gsize) values[DIM];
    self->n_joined = (gsize) values[NGRAMS];
    self->kind = (ModelKind) values[MODEL];
    self->n_bucket = (gsize) values[BUCKET];
    self->n_min = (gsize) values[MINN];
    self->n_max = (gsize) values[MAXN];
    /* Supervised models of that version never had n-grams of characters. */
    if (version == 11 && self->kind == MODEL_SUPERVISED)
        self->n_max = 0;
    return TRUE;
}

static gboolean
read_entries(UmkFasttext *self, Reader *reader, gint64 n_entries, GError **error)
{
    for (gint64 i = 0; i < n_entries; i++) {
        gsize left = (gsize) (reader->end - reader->at);
        const guint8 *word = reader->at,
                     *stop = left > 0 ? memchr(word, '\0', left) : NULL;

        if (stop == NULL || take(reader, (gsize) (stop - word) + 1 + 8 + 1) == NULL)
            return cut_off(error);
        if ((reader->at[-1] != 0) != (i >= (gint64) self->n_words)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Entry %" PRId64 " of the fastText model should be a "
                          "word before all labels, or a label after all words"),
                        i);
            return FALSE;
        }
        if (!_umk_word_index_add(&self->index, (const char *) word, (gsize) (stop - word),
                                 error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
read_pruned(UmkFasttext *self, Reader *reader, gint64 n, GError **error)
{
    if (n < 0)
        return TRUE;
    self->pruned = g_hash_table_new(NULL, NULL);
    for (gint64 i = 0; i < n; i++) {
        gint64 gram, row;

        if (!take_number(reader, 4, "n-gram", 0, G_MAXINT32, &gram, error) ||
            !take_number(reader, 4, "row", 0, n - 1, &row, error))
            return FALSE;
        g_hash_table_replace(self->pruned, GINT_TO_POINTER((gint) gram),
                             GINT_TO_POINTER((gint) row + 1));
    }
    return TRUE;
}

static gboolean
read_dictionary(UmkFasttext *self, Reader *reader, gint64 *n_pruned, GError **error)
{
    gint64 n_entries, n_words, n_labels, n_tokens;

    if (!take_number(reader, 4, "entries", 1, MAX_ENTRIES, &n_entries, error) ||
        !take_number(reader, 4, "words", 0, n_entries, &n_words, error) ||
        !take_number(reader, 4, "labels", n_entries - n_words, n_entries - n_words,
                     &n_labels, error) ||
        !take_number(reader, 8, "tokens", G_MININT64, G_MAXINT64, &n_tokens, error) ||
        !take_number(reader, 8, "pruned", -1, G_MAXINT32, n_pruned, error))
        return FALSE;
    self->n_words = (gsize) n_words;
    return read_entries(self, reader, n_entries, error) &&
           read_pruned(self, reader, *n_pruned, error);
}

static gboolean
read_quantizer(Quantizer *self, gsize n_dims, Reader *reader, GError **error)
{
    gint64 dims, parts, part, last;

    if (!take_number(reader, 4, "dim", (gint64) n_dims, (gint64) n_dims, &dims, error) ||
        !take_number(reader, 4, "nsubq", 1, dims, &parts, error) ||
        !take_number(reader, 4, "dsub", 1, dims, &part, error) ||
        !take_number(reader, 4, "lastdsub", 1, part, &last, error))
        return FALSE;
    if ((parts - 1) * part + last != dims) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The parts of a quantised row of the fastText model do not add up "
                      "to its %zu numbers"),
                    n_dims);
        return FALSE;
    }
    self->n_dims = n_dims;
    self->n_parts = (gsize) parts;
    self->part = (gsize) part;
    self->last_part = (gsize) last;
    self->centroids = take(reader, n_dims * N_CENTROIDS * sizeof(float));
    return self->centroids != NULL ? TRUE : cut_off(error);
}

static gboolean
read_size(Matrix *self, gsize n_dims, gsize n_least, Reader *reader, GError **error)
{
    gint64 rows, cols;

    if (!take_number(reader, 8, "rows", (gint64) n_least,
                     G_MAXINT32 * G_GINT64_CONSTANT(2), &rows, error) ||
        !take_number(reader, 8, "columns", (gint64) n_dims, (gint64) n_dims, &cols,
                     error))
        return FALSE;
    self->n_rows = (gsize) rows;
    self->n_cols = (gsize) cols;
    return TRUE;
}

static gboolean
read_quantized(Matrix *self, gsize n_dims, gsize n_least, Reader *reader, GError **error)
{
    const guint8 *has_norms = take(reader, 1);
    gint64 n_codes;

    if (has_norms == NULL)
        return cut_off(error);
    if (!read_size(self, n_dims, n_least, reader, error) ||
        !take_number(reader, 4, "codes", 0, G_MAXINT32, &n_codes, error))
        return FALSE;
    self->codes = take(reader, (gsize) n_codes);
    if (self->codes == NULL)
        return cut_off(error);
    if (!read_quantizer(&self->quantizer, n_dims, reader, error))
        return FALSE;
    if ((gsize) n_codes != self->n_rows * self->quantizer.n_parts) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The fastText model has %zu bytes of codes, expected %zu"),
                    (gsize) n_codes, self->n_rows * self->quantizer.n_parts);
        return FALSE;
    }
    if (*has_norms == 0)
        return TRUE;
    self->norms = take(reader, self->n_rows);
    return self->norms != NULL ? read_quantizer(&self->norm_quantizer, 1, reader, error)
                               : cut_off(error);
}

static gboolean
read_matrix(Matrix *self, gsize n_dims, gsize n_least, Reader *reader, GError **error)
{
    const guint8 *quantized = take(reader, 1);
    gsize size;

    if (quantized == NULL)
        return cut_off(error);
    if (*quantized != 0)
        return read_quantized(self, n_dims, n_least, reader, error);
    if (!read_size(self, n_dims, n_least, reader, error))
        return FALSE;
    size = self->n_rows * self->n_cols * sizeof(float); /* below 2^51 */
    self->rows = take(reader, size);
    return self->rows != NULL ? TRUE : cut_off(error);
}

gboolean
_umk_fasttext_probe(const guint8 *head, gsize length)
{
    return length >= 8 && (guint32) load_i32(head) == MAGIC;
}

static gboolean
read_all(UmkFasttext *self, Reader *reader, GError **error)
{
    gint64 version, n_pruned;
    gsize n_grams;

    if (!_umk_fasttext_probe(reader->at, (gsize) (reader->end - reader->at))) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("Not a fastText model: it does not begin with 0x%08x"), MAGIC);
        return FALSE;
    }
    take(reader, 4);
    if (!take_number(reader, 4, "version", 11, 12, &version, error) ||
        !read_args(self, reader, version, error) ||
        !read_dictionary(self, reader, &n_pruned, error))
        return FALSE;
    n_grams = n_pruned >= 0 ? (gsize) n_pruned : self->n_bucket;
    if (self->n_max == 0 && self->n_joined <= 1)
        n_grams = 0;
    if (n_grams == 0)
        self->n_bucket = 0;
    return read_matrix(&self->input, self->n_dims, self->n_words + n_grams, reader,
                       error);
}

UmkFasttext *
_umk_fasttext_new(GBytes *bytes, GError **error)
{
    g_autoptr(UmkFasttext) self = g_new0(UmkFasttext, 1);
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    Reader reader = {data, data != NULL ? data + size : NULL};

    self->bytes = g_bytes_ref(bytes);
    _umk_word_index_init(&self->index, (const char *) data);
    return read_all(self, &reader, error) ? g_steal_pointer(&self) : NULL;
}

void
_umk_fasttext_free(UmkFasttext *self)
{
    if (self == NULL)
        return;
    _umk_word_index_clear(&self->index);
    g_clear_pointer(&self->pruned, g_hash_table_unref);
    g_bytes_unref(self->bytes);
    g_free(self);
}

gsize
_umk_fasttext_get_n_dims(const UmkFasttext *self)
{
    return self->n_dims;
}

guint32
_umk_fasttext_get_n_words(const UmkFasttext *self)
{
    return self->index.n;
}

guint32
_umk_fasttext_find(const UmkFasttext *self, const char *word, gsize length)
{
    return _umk_word_index_find(&self->index, word, length);
}

/* Rows */

static float
get_norm(const Matrix *self, gsize row)
{
    if (self->norms == NULL)
        return 1.0f;
    return load_f32(self->norm_quantizer.centroids + self->norms[row] * sizeof(float));
}

static void
add_quantized(const Matrix *self, gsize row, float *out)
{
    const Quantizer *q = &self->quantizer;
    const guint8 *codes = self->codes + row * q->n_parts;
    float norm = get_norm(self, row);

    for (gsize m = 0; m < q->n_parts; m++) {
        gsize n = m == q->n_parts - 1 ? q->last_part : q->part;
        const guint8 *centroid =
            q->centroids + (m * N_CENTROIDS * q->part + codes[m] * n) * sizeof(float);

        for (gsize j = 0; j < n; j++)
            out[m * q->part + j] += norm * load_f32(centroid + j * sizeof(float));
    }
}

static void
add_row(const Matrix *self, gsize row, float *out)
{
    const guint8 *at;

    if (self->rows == NULL) {
        add_quantized(self, row, out);
        return;
    }
    at = self->rows + row * self->n_cols * sizeof(float);
    for (gsize j = 0; j < self->n_cols; j++)
        out[j] += load_f32(at + j * sizeof(float));
}

static void
scale(float *out, gsize n, float factor)
{
    for (gsize j = 0; j < n; j++)
        out[j] *= factor;
}

/* n-grams */

/* FNV-1a, 32 bits, except that each byte is a signed char that widens to 32 bits: the
 * bytes of what is not ASCII set the upper 24 bits too. */
static guint32
hash_bytes(guint32 hash, const char *bytes, gsize n)
{
    for (gsize i = 0; i < n; i++)
        hash = (hash ^ (guint32) (gint32) (gint8) bytes[i]) * 16777619u;
    return hash;
}

#define HASH_START 2166136261u

/* Adds the row of one bucket, if it is there. */
static gsize
add_bucket(const UmkFasttext *self, gsize bucket, float *out)
{
    if (self->pruned != NULL) {
        gint row = GPOINTER_TO_INT(
            g_hash_table_lookup(self->pruned, GINT_TO_POINTER((gint) bucket)));

        if (row == 0)
            return 0;
        bucket = (gsize) row - 1;
    }
    add_row(&self->input, self->n_words + bucket, out);
    return 1;
}

static gboolean
is_continued(const char *at, const char *end)
{
    return at < end && ((guint8) *at & 0xc0) == 0x80;
}

/* The n-grams of "<word>"; of single characters only those inside. Returns how many. */
static gsize
add_ngrams(const UmkFasttext *self, const char *word, gsize length, float *out)
{
    g_autofree char *framed = g_malloc(length + 2);
    const char *end = framed + length + 2;
    gsize n_added = 0;

    framed[0] = '<';
    memcpy(framed + 1, word, length);
    framed[length + 1] = '>';
    for (const char *from = framed; from < end && self->n_bucket > 0; from++) {
        const char *at = from;
        guint32 hash = HASH_START;

        if (is_continued(from, end))
            continue;
        for (gsize n = 1; at < end && n <= self->n_max; n++) {
            const char *next = at + 1;

            while (is_continued(next, end))
                next++;
            hash = hash_bytes(hash, at, (gsize) (next - at));
            at = next;
            if (n >= self->n_min && !(n == 1 && (from == framed || at == end)))
                n_added += add_bucket(self, hash % (guint32) self->n_bucket, out);
        }
    }
    return n_added;
}

static gboolean
is_end(const char *word, gsize length)
{
    return length == 4 && memcmp(word, "</s>", 4) == 0;
}

/* The rows a word stands for, summed onto out. Returns how many. */
static gsize
add_word(const UmkFasttext *self, const char *word, gsize length, float *out)
{
    guint32 id = _umk_word_index_find(&self->index, word, length);
    gsize n = 0;

    /* A label has no row. */
    if (id < self->n_words) {
        add_row(&self->input, id, out);
        n = 1;
    }
    if (is_end(word, length))
        return n;
    return n + add_ngrams(self, word, length, out);
}

gboolean
_umk_fasttext_get_word(const UmkFasttext *self,
                       const char *word,
                       gsize length,
                       float *out)
{
    gsize n;

    memset(out, 0, self->n_dims * sizeof *out);
    n = add_word(self, word, length, out);
    if (n > 0)
        scale(out, self->n_dims, (float) (1.0 / (double) n));
    return n > 0;
}

/* Texts */

static gboolean
next_word(const char **at, const char *end, const char **word, gsize *length)
{
    /* std::isspace of the C locale; NUL ends a word of supervised models */
    static const char blanks[] = " \t\n\v\f\r";

    while (*at < end && memchr(blanks, **at, sizeof blanks) != NULL)
        (*at)++;
    *word = *at;
    while (*at < end && memchr(blanks, **at, sizeof blanks) == NULL)
        (*at)++;
    *length = (gsize) (*at - *word);
    return *length > 0;
}

static void
count_word(UmkWordCount *count, const char *word, gsize length, gboolean known)
{
    count->n_words++;
    if (known)
        return;
    if (count->n_unknown++ == 0) {
        count->unknown = word;
        count->n_unknown_bytes = length;
    }
}

static void
get_unsupervised(const UmkFasttext *self,
                 const char *text,
                 const char *end,
                 float *scratch,
                 float *out,
                 UmkWordCount *count)
{
    const char *word;
    gsize length, n = 0, n_dims = self->n_dims;

    while (next_word(&text, end, &word, &length)) {
        float sum = 0;

        count_word(count, word, length,
                   _umk_fasttext_get_word(self, word, length, scratch));
        for (gsize j = 0; j < n_dims; j++)
            sum += scratch[j] * scratch[j];
        if (!(sum > 0))
            continue;
        scale(scratch, n_dims, (float) (1.0 / (double) sqrtf(sum)));
        for (gsize j = 0; j < n_dims; j++)
            out[j] += scratch[j];
        n++;
    }
    if (n > 0)
        scale(out, n_dims, (float) (1.0 / (double) n));
}

/* Every run of up to n_joined words that begins with the first of the hashes. */
static gsize
add_joined(const UmkFasttext *self, const gint32 *hashes, gsize n_hashes, float *out)
{
    gsize n_added = 0;

    for (gsize i = 0; i < n_hashes && self->n_bucket > 0; i++) {
        guint64 hash = (guint64) (gint64) hashes[i];

        for (gsize j = i + 1; j < n_hashes && j < i + self->n_joined; j++) {
            hash = hash * 116049371u + (guint64) (gint64) hashes[j];
            n_added += add_bucket(self, hash % self->n_bucket, out);
        }
    }
    return n_added;
}

static gboolean
is_label(const UmkFasttext *self, guint32 id, const char *word, gsize length)
{
    if (id != G_MAXUINT32)
        return id >= self->n_words;
    return length >= strlen(LABEL) && memcmp(word, LABEL, strlen(LABEL)) == 0;
}

static void
get_supervised(const UmkFasttext *self,
               const char *text,
               const char *end,
               float *out,
               UmkWordCount *count)
{
    g_autoptr(GArray) hashes = g_array_new(FALSE, FALSE, sizeof(gint32));
    const char *word;
    gsize length, n = 0;
    gboolean more;

    do {
        guint32 id;
        gint32 hash;
        gsize n_added;

        more = next_word(&text, end, &word, &length) && !is_end(word, length);
        if (!more) {
            word = "</s>"; /* the end of the line is a word too */
            length = 4;
        }
        id = _umk_word_index_find(&self->index, word, length);
        if (is_label(self, id, word, length))
            continue;
        hash = (gint32) hash_bytes(HASH_START, word, length);
        g_array_append_val(hashes, hash);
        n_added = add_word(self, word, length, out);
        n += n_added;
        if (more)
            count_word(count, word, length, n_added > 0);
    } while (more);
    n +=
        add_joined(self, (const gint32 *) (gconstpointer) hashes->data, hashes->len, out);
    if (n > 0)
        scale(out, self->n_dims, (float) (1.0 / (double) n));
}

void
_umk_fasttext_get_text(const UmkFasttext *self,
                       const char *text,
                       gsize length,
                       float *scratch,
                       float *out,
                       UmkWordCount *count)
{
    memset(out, 0, self->n_dims * sizeof *out);
    memset(count, 0, sizeof *count);
    if (self->kind == MODEL_SUPERVISED)
        get_supervised(self, text, text + length, out, count);
    else
        get_unsupervised(self, text, text + length, scratch, out, count);
}
