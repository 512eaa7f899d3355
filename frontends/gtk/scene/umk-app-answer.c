/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An answer as one value, and the one decision about it: whether its rows are shown. */
#include "umk-app-answer.h"

struct _UmkAppAnswer {
    GObject parent_instance;
    GListModel *rows;
    UmkKnowledge knowledge;
    char *model;
    char **known;
    char *note;
};

G_DEFINE_FINAL_TYPE(UmkAppAnswer, umk_app_answer, G_TYPE_OBJECT)

static void
umk_app_answer_finalize(GObject *object)
{
    UmkAppAnswer *self = UMK_APP_ANSWER(object);

    g_object_unref(self->rows);
    g_free(self->model);
    g_strfreev(self->known);
    g_free(self->note);
    G_OBJECT_CLASS(umk_app_answer_parent_class)->finalize(object);
}

static void
umk_app_answer_class_init(UmkAppAnswerClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = umk_app_answer_finalize;
}

static void
umk_app_answer_init(UmkAppAnswer *self)
{
}

/* anyway: whether the person asked to see this question's results all the same. */
UmkAppShow
umk_app_answer_decide(UmkKnowledge knowledge, guint n_rows, gboolean anyway)
{
    if (n_rows == 0)
        return UMK_APP_SHOW_NOTHING;
    switch (knowledge) {
    case UMK_KNOWLEDGE_EDGE:
        return UMK_APP_SHOW_NOTED;
    case UMK_KNOWLEDGE_OUTSIDE:
        return anyway ? UMK_APP_SHOW_WARNED : UMK_APP_SHOW_WITHHELD;
    case UMK_KNOWLEDGE_UNKNOWN:
    case UMK_KNOWLEDGE_INSIDE:
    default:
        return UMK_APP_SHOW_RESULTS;
    }
}

/* rows: of UmkAppRow; model: what it is called; known: names of the nearest things that
 * the model knows, nearest first, NULL for none. */
UmkAppAnswer *
umk_app_answer_new(GListModel *rows,
                   UmkKnowledge knowledge,
                   const char *model,
                   const char *const *known)
{
    static const char *const none[] = {NULL};
    UmkAppAnswer *self = g_object_new(UMK_APP_TYPE_ANSWER, NULL);

    self->rows = g_object_ref(rows);
    self->knowledge = knowledge;
    self->model = g_strdup(model);
    self->known = g_strdupv((char **) (known != NULL ? known : none));
    return self;
}

UmkAppAnswer *
umk_app_answer_new_plain(GListModel *rows, const char *note)
{
    UmkAppAnswer *self = umk_app_answer_new(rows, UMK_KNOWLEDGE_UNKNOWN, NULL, NULL);

    self->note = g_strdup(note);
    return self;
}

const char *
umk_app_answer_get_note(UmkAppAnswer *self)
{
    return self->note;
}

GListModel *
umk_app_answer_get_rows(UmkAppAnswer *self)
{
    return self->rows;
}

UmkKnowledge
umk_app_answer_get_knowledge(UmkAppAnswer *self)
{
    return self->knowledge;
}

const char *
umk_app_answer_get_model(UmkAppAnswer *self)
{
    return self->model;
}

/* Never NULL. */
const char *const *
umk_app_answer_get_known(UmkAppAnswer *self)
{
    return (const char *const *) self->known;
}
