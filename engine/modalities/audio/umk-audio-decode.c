/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads sound with libsndfile, mixes channels down to their mean and resamples with soxr.
 *
 * libsndfile is lenient: a WAV file cut short simply reads as a shorter sound. Since a
 * vector of half a sound looks like any other vector, the length a file announces is
 * checked against what it holds, and a cut file is refused. Headers that leave the length
 * open (streams write 0 or all ones) are accepted. */
#include "umk-audio-decode-private.h"

#include <inttypes.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <sndfile.h>
#include <soxr.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_FRAMES 4096

struct _UmkAudioReader {
    SNDFILE *file;
    SF_INFO info;
    int fd;
    /* the sound in memory, for libsndfile's virtual files */
    GBytes *bytes;
    const guint8 *data;
    sf_count_t length;
    sf_count_t position;
    char *name;
    int rate;
    soxr_t resampler;
    guint64 n_frames; /* read from the file so far */
    gboolean file_ended;
    gboolean ended;
    float *raw;  /* (BLOCK_FRAMES, channels) */
    float *mono; /* (BLOCK_FRAMES) */
    gsize n_mono;
    gsize mono_used;
};

static sf_count_t
memory_length(void *user_data)
{
    return ((UmkAudioReader *) user_data)->length;
}

static sf_count_t
memory_seek(sf_count_t offset, int whence, void *user_data)
{
    UmkAudioReader *self = user_data;
    sf_count_t from = whence == SEEK_CUR   ? self->position
                      : whence == SEEK_END ? self->length
                                           : 0;
    self->position = CLAMP(from + offset, 0, self->length);
    return self->position;
}

static sf_count_t
memory_read(void *to, sf_count_t count, void *user_data)
{
    UmkAudioReader *self = user_data;
    sf_count_t n = CLAMP(count, 0, self->length - self->position);
    memcpy(to, self->data + self->position, (gsize) n);
    self->position += n;
    return n;
}

static sf_count_t
memory_write(const void *from, sf_count_t count, void *user_data)
{
    return 0;
}

static sf_count_t
memory_tell(void *user_data)
{
    return ((UmkAudioReader *) user_data)->position;
}

static SF_VIRTUAL_IO memory_io = {memory_length, memory_seek, memory_read, memory_write,
                                  memory_tell};

/* Bytes the data chunk of a RIFF file announces beyond the end of the file, or 0. head is
 * the beginning of the file; a chunk that starts after it is not looked for. */
static guint64
missing_in_wav(const guint8 *head, gsize n_head, guint64 file_length)
{
    if (n_head < 12 || memcmp(head, "RIFF", 4) != 0 || memcmp(head + 8, "WAVE", 4) != 0)
        return 0;
    guint64 at = 12;
    while (at + 8 <= n_head) {
        guint32 size = (guint32) head[at + 4] | (guint32) head[at + 5] << 8 |
                       (guint32) head[at + 6] << 16 | (guint32) head[at + 7] << 24;
        if (memcmp(head + at, "data", 4) == 0) {
            gboolean open = size == 0 || size >= 0x7ffff000u;
            return !open && at + 8 + size > file_length ? at + 8 + size - file_length : 0;
        }
        at += 8 + (guint64) size + (size & 1);
    }
    return 0;
}

static gboolean
check_info(UmkAudioReader *self, const guint8 *head, gsize n_head, GError **error)
{
    const SF_INFO *info = &self->info;
    guint64 missing = missing_in_wav(head, n_head, (guint64) self->length);
    if (missing > 0) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
            _("The sound “%s” is truncated: %" PRIu64 " bytes of its data are missing"),
            self->name, missing);
        return FALSE;
    }
    if (info->samplerate < UMK_AUDIO_MIN_RATE || info->samplerate > UMK_AUDIO_MAX_RATE ||
        info->channels < 1 || info->channels > UMK_AUDIO_MAX_CHANNELS) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("The sound “%s” has %d channels at %d samples a second; 1 to %d "
                      "channels at %d to %d can be read"),
                    self->name, info->channels, info->samplerate, UMK_AUDIO_MAX_CHANNELS,
                    UMK_AUDIO_MIN_RATE, UMK_AUDIO_MAX_RATE);
        return FALSE;
    }
    if (info->frames == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The sound “%s” is empty: it has no samples"), self->name);
        return FALSE;
    }
    return TRUE;
}

/* Takes self over. */
static UmkAudioReader *
start_reading(UmkAudioReader *self, int rate, GError **error)
{
    g_autoptr(UmkAudioReader) reader = self;
    self->rate = rate > 0 ? rate : self->info.samplerate;
    self->raw = g_new(float, BLOCK_FRAMES * self->info.channels);
    self->mono = g_new(float, BLOCK_FRAMES);
    if (self->rate != self->info.samplerate) {
        soxr_error_t problem = NULL;
        soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
        soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
        soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
        self->resampler = soxr_create(self->info.samplerate, self->rate, 1, &problem, &io,
                                      &quality, &runtime);
        if (self->resampler == NULL) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                        _("The sound “%s” cannot be resampled from %d to %d samples a "
                          "second: %s"),
                        self->name, self->info.samplerate, self->rate, problem);
            return NULL;
        }
    }
    return g_steal_pointer(&reader);
}

static UmkAudioReader *
reader_alloc(const char *name)
{
    UmkAudioReader *self = g_new0(UmkAudioReader, 1);
    self->fd = -1;
    self->name = g_strdup(name);
    return self;
}

static void
set_format_error(const UmkAudioReader *self, GError **error)
{
    g_autofree char *why = g_strdup(sf_strerror(self->file));
    g_strdelimit(why, "\n", ' ');
    g_strchomp(why);
    for (char *stop = strstr(why, ". "); stop != NULL; stop = strstr(stop, ". "))
        *stop = ':'; /* one sentence */
    if (g_str_has_suffix(why, "."))
        why[strlen(why) - 1] = '\0';
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("“%s” cannot be read as a sound: %s"), self->name, why);
}

UmkAudioReader *
_umk_audio_reader_new_for_data(
    const guint8 *data, gsize length, const char *name, int rate, GError **error)
{
    g_autoptr(UmkAudioReader) self = reader_alloc(name);
    self->data = data;
    self->length = (sf_count_t) length;
    self->file = sf_open_virtual(&memory_io, SFM_READ, &self->info, self);
    if (self->file == NULL) {
        set_format_error(self, error);
        return NULL;
    }
    if (!check_info(self, data, length, error))
        return NULL;
    return start_reading(g_steal_pointer(&self), rate, error);
}

static UmkAudioReader *
reader_new_for_path(const char *path, int rate, GError **error)
{
    g_autofree char *name = g_filename_display_name(path);
    g_autoptr(UmkAudioReader) self = reader_alloc(name);
    struct stat st;
    self->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (self->fd < 0 || fstat(self->fd, &st) != 0) {
        int code = errno;
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(code),
                    _("The sound “%s” cannot be opened: %s"), name, g_strerror(code));
        return NULL;
    }
    if (!S_ISREG(st.st_mode)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                    _("“%s” is not a file"), name);
        return NULL;
    }
    if (st.st_size == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The sound “%s” is empty: the file has no bytes"), name);
        return NULL;
    }
    guint8 head[4096];
    ssize_t n_head = pread(self->fd, head, sizeof head, 0);
    self->length = st.st_size;
    self->file = sf_open_fd(self->fd, SFM_READ, &self->info, SF_FALSE);
    if (self->file == NULL) {
        set_format_error(self, error);
        return NULL;
    }
    if (!check_info(self, head, (gsize) MAX(n_head, 0), error))
        return NULL;
    return start_reading(g_steal_pointer(&self), rate, error);
}

UmkAudioReader *
_umk_audio_reader_new_for_item(UmkItem *item, int rate, GError **error)
{
    GBytes *bytes = umk_item_get_bytes(item);
    if (bytes == NULL) {
        const char *path = umk_item_get_path(item);
        if (path != NULL)
            return reader_new_for_path(path, rate, error);
        g_set_error_literal(
            error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
            _("The item holds no sound: it has neither a file nor bytes"));
        return NULL;
    }
    const char *name = umk_item_get_id(item);
    gsize length;
    const guint8 *data = g_bytes_get_data(bytes, &length);
    if (length == 0) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("The sound in memory is empty: it has no bytes"));
        return NULL;
    }
    UmkAudioReader *self = _umk_audio_reader_new_for_data(
        data, length, name != NULL ? name : _("sound in memory"), rate, error);
    if (self != NULL)
        self->bytes = g_bytes_ref(bytes);
    return self;
}

void
_umk_audio_reader_free(UmkAudioReader *self)
{
    if (self == NULL)
        return;
    if (self->file != NULL)
        sf_close(self->file);
    if (self->fd >= 0)
        close(self->fd);
    if (self->resampler != NULL)
        soxr_delete(self->resampler);
    g_clear_pointer(&self->bytes, g_bytes_unref);
    g_free(self->raw);
    g_free(self->mono);
    g_free(self->name);
    g_free(self);
}

int
_umk_audio_reader_get_rate(const UmkAudioReader *self)
{
    return self->rate;
}

guint64
_umk_audio_reader_get_n_announced(const UmkAudioReader *self, int *file_rate)
{
    *file_rate = self->info.samplerate;
    return (guint64) MAX(self->info.frames, 0);
}

/* The end of the data has come; is it where the file said? A lossy stream may only
 * estimate its length, so there only an empty one is wrong. */
static gboolean
check_end(UmkAudioReader *self, GError **error)
{
    int major = self->info.format & SF_FORMAT_TYPEMASK;
    gboolean exact = major != SF_FORMAT_OGG && major != SF_FORMAT_MPEG;
    guint64 announced = (guint64) MAX(self->info.frames, 0);
    gboolean open_ended = self->info.frames >= G_MAXINT64 / 2;
    int code = sf_error(self->file);
    if (self->n_frames == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The sound “%s” is empty or damaged: no samples could be read"),
                    self->name);
        return FALSE;
    }
    if (code != SF_ERR_NO_ERROR || (exact && !open_ended && self->n_frames < announced)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The sound “%s” is truncated or damaged: it announces "
                      "%" PRIu64 " samples and %" PRIu64 " could be read"),
                    self->name, announced, self->n_frames);
        return FALSE;
    }
    return TRUE;
}

static gboolean
check_finite(UmkAudioReader *self, gsize n_frames, GError **error)
{
    gsize n = n_frames * (gsize) self->info.channels;
    guint32 bad = 0;
    for (gsize i = 0; i < n; i++) {
        guint32 bits;
        memcpy(&bits, &self->raw[i], sizeof bits);
        bad |= (bits & 0x7f800000u) == 0x7f800000u;
    }
    if (bad == 0)
        return TRUE;
    gsize at = 0;
    for (guint32 bits; at < n; at++) {
        memcpy(&bits, &self->raw[at], sizeof bits);
        if ((bits & 0x7f800000u) == 0x7f800000u)
            break;
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("The sound “%s” has a sample that is not a finite number, number "
                  "%" PRIu64),
                self->name, self->n_frames + at / (gsize) self->info.channels);
    return FALSE;
}

/* The next block of the file as mono samples; n_mono 0 is the end. */
static gboolean
fill_mono(UmkAudioReader *self, GError **error)
{
    self->mono_used = 0;
    self->n_mono = 0;
    if (self->file_ended)
        return TRUE;
    sf_count_t got = sf_readf_float(self->file, self->raw, BLOCK_FRAMES);
    if (got <= 0) {
        self->file_ended = TRUE;
        return check_end(self, error);
    }
    gsize n = (gsize) got, channels = (gsize) self->info.channels;
    if (!check_finite(self, n, error))
        return FALSE;
    self->n_frames += n;
    if ((double) self->n_frames > UMK_AUDIO_MAX_SECONDS * self->info.samplerate) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("The sound “%s” is longer than %d hours"), self->name,
                    (int) (UMK_AUDIO_MAX_SECONDS / 3600));
        return FALSE;
    }
    if (channels == 1) {
        memcpy(self->mono, self->raw, n * sizeof(float));
    } else {
        float share = 1.0f / (float) channels;
        for (gsize i = 0; i < n; i++) {
            float sum = 0;
            for (gsize c = 0; c < channels; c++)
                sum += self->raw[i * channels + c];
            self->mono[i] = sum * share;
        }
    }
    self->n_mono = n;
    return TRUE;
}

static gboolean
read_resampled(
    UmkAudioReader *self, float *samples, gsize n_samples, gsize *n_read, GError **error)
{
    gsize n = 0;
    while (n == 0 && !self->ended) {
        if (self->mono_used == self->n_mono && !fill_mono(self, error))
            return FALSE;
        gsize left = self->n_mono - self->mono_used, used = 0;
        const float *in = left > 0 ? self->mono + self->mono_used : NULL;
        soxr_error_t problem =
            soxr_process(self->resampler, in, left, &used, samples, n_samples, &n);
        if (problem != NULL) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_FAILED,
                        _("The sound “%s” could not be resampled: %s"), self->name,
                        problem);
            return FALSE;
        }
        self->mono_used += used;
        self->ended = left == 0 && n == 0;
    }
    *n_read = n;
    return TRUE;
}

gboolean
_umk_audio_reader_read(
    UmkAudioReader *self, float *samples, gsize n_samples, gsize *n_read, GError **error)
{
    if (self->resampler != NULL)
        return read_resampled(self, samples, n_samples, n_read, error);
    if (self->mono_used == self->n_mono && !fill_mono(self, error))
        return FALSE;
    gsize n = MIN(n_samples, self->n_mono - self->mono_used);
    memcpy(samples, self->mono + self->mono_used, n * sizeof(float));
    self->mono_used += n;
    *n_read = n;
    return TRUE;
}

float *
_umk_audio_decode(UmkItem *item,
                  int rate,
                  double max_seconds,
                  UmkRun *run,
                  gsize *n_samples,
                  int *out_rate,
                  GError **error)
{
    g_autoptr(UmkAudioReader) reader = _umk_audio_reader_new_for_item(item, rate, error);
    if (reader == NULL)
        return NULL;
    double seconds = max_seconds > 0 ? max_seconds : UMK_AUDIO_MAX_SECONDS;
    gsize limit = (gsize) (seconds * reader->rate);
    gsize n = 0, room = 0, got = 0;
    g_autofree float *samples = NULL;
    do {
        if (!umk_run_check(run, error))
            return NULL;
        if (room - n < BLOCK_FRAMES) {
            room = room == 0 ? 16 * BLOCK_FRAMES : room * 2;
            float *more = g_try_realloc_n(samples, room, sizeof(float));
            if (more == NULL) {
                g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                            _("The sound “%s” does not fit in memory"), reader->name);
                return NULL;
            }
            g_steal_pointer(&samples);
            samples = more;
        }
        if (!_umk_audio_reader_read(reader, samples + n, BLOCK_FRAMES, &got, error))
            return NULL;
        n += got;
    } while (got > 0 && n < limit);
    *n_samples = MIN(n, limit);
    *out_rate = reader->rate;
    return g_steal_pointer(&samples);
}
