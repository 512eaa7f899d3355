/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a question gave: rows, best first, whether the model knows what it was asked
 * about, and the nearest that it does know. Immutable; made by a job. */
#pragma once

#include <gio/gio.h>
#include <umekomi/umekomi.h>

G_BEGIN_DECLS

#define UMK_APP_TYPE_ANSWER (umk_app_answer_get_type())
G_DECLARE_FINAL_TYPE(UmkAppAnswer, umk_app_answer, UMK_APP, ANSWER, GObject)

typedef enum {
    UMK_APP_SHOW_NOTHING,  /* nothing was found */
    UMK_APP_SHOW_RESULTS,  /* as they are */
    UMK_APP_SHOW_NOTED,    /* under a line that they may be off */
    UMK_APP_SHOW_WARNED,   /* under a line that they mean little */
    UMK_APP_SHOW_WITHHELD, /* a page that says so instead */
} UmkAppShow;

UmkAppShow umk_app_answer_decide(UmkKnowledge knowledge, guint n_rows, gboolean anyway);

UmkAppAnswer *umk_app_answer_new(GListModel *rows,
                                 UmkKnowledge knowledge,
                                 const char *model,
                                 const char *const *known);
/* An answer of no model: note is a line over the rows, or what to say when there are
 * none; or NULL. */
UmkAppAnswer *umk_app_answer_new_plain(GListModel *rows, const char *note);
const char *umk_app_answer_get_note(UmkAppAnswer *self);
GListModel *umk_app_answer_get_rows(UmkAppAnswer *self);
UmkKnowledge umk_app_answer_get_knowledge(UmkAppAnswer *self);
const char *umk_app_answer_get_model(UmkAppAnswer *self);
const char *const *umk_app_answer_get_known(UmkAppAnswer *self);

G_END_DECLS
