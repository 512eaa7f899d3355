/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stages and tokens of a tokenizer that is being put together. */
#include "modalities/text/umk-tokenizer-build-private.h"

#include <string.h>

void
_umk_tokenizer_parts_init(UmkTokenizerParts *self)
{
    memset(self, 0, sizeof *self);
    self->frame.before = g_array_new(FALSE, FALSE, sizeof(guint32));
    self->frame.after = g_array_new(FALSE, FALSE, sizeof(guint32));
    self->frame.pair = g_array_new(FALSE, FALSE, sizeof(UmkFramePart));
    self->added = g_array_new(FALSE, FALSE, sizeof(UmkAddedToken));
}

void
_umk_tokenizer_parts_clear(UmkTokenizerParts *self)
{
    _umk_normalizer_clear(&self->normalizer);
    _umk_pre_tokenizer_clear(&self->pre_tokenizer);
    if (self->model != NULL)
        self->model_ops->free(self->model);
    self->model = NULL;
    g_clear_pointer(&self->frame.before, g_array_unref);
    g_clear_pointer(&self->frame.after, g_array_unref);
    g_clear_pointer(&self->frame.pair, g_array_unref);
    for (guint i = 0; self->added != NULL && i < self->added->len; i++)
        g_free(g_array_index(self->added, UmkAddedToken, i).content);
    g_clear_pointer(&self->added, g_array_unref);
}

void
_umk_tokenizer_parts_add_token(UmkTokenizerParts *self,
                               const char *content,
                               guint32 id,
                               gboolean strip_left,
                               gboolean strip_right)
{
    UmkAddedToken token = {NULL, strlen(content), id, FALSE, strip_left, strip_right};

    for (guint i = 0; i < self->added->len; i++)
        if (strcmp(g_array_index(self->added, UmkAddedToken, i).content, content) == 0)
            return;
    token.content = g_strdup(content);
    g_array_append_val(self->added, token);
}

void
_umk_tokenizer_parts_set_frame(UmkTokenizerParts *self,
                               const char *single,
                               const char *pair,
                               guint32 begin,
                               guint32 end,
                               gboolean typed)
{
    gboolean behind = FALSE;
    guint32 type = 0;

    for (const char *at = single; *at != '\0'; at++) {
        if (*at == 'f')
            behind = TRUE;
        else
            g_array_append_val(behind ? self->frame.after : self->frame.before,
                               *(*at == 'b' ? &begin : &end));
    }
    for (const char *at = pair; *at != '\0'; at++) {
        UmkFramePart part = {UMK_FRAME_TOKEN, *at == 'b' ? begin : end, 0};

        if (*at == 'f')
            part.kind = UMK_FRAME_FIRST;
        else if (*at == 's')
            part.kind = UMK_FRAME_SECOND;
        if (*at == 's' && typed)
            type = 1;
        part.type = type;
        g_array_append_val(self->frame.pair, part);
    }
}
