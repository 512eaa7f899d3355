/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One field of all items, made ready for charts, colours and conditions: numbers in bins,
 * categories by how many items have them, or the words of texts. Immutable, shared by
 * reference; made in any thread. */
#pragma once

#include "umk-app-rows.h"

G_BEGIN_DECLS

#define UMK_APP_FIELD_BINS       40u
#define UMK_APP_FIELD_CATEGORIES 4096u /* the most frequent ones */
#define UMK_APP_FIELD_WORDS      60u
#define UMK_APP_NO_GROUP         0xffffu

typedef enum {
    UMK_APP_FIELD_NUMBER,
    UMK_APP_FIELD_CATEGORY,
    UMK_APP_FIELD_WORD
} UmkAppFieldKind;

typedef struct {
    gatomicrefcount references;
    char *name, *title;
    UmkAppFieldKind kind;
    gsize n_rows, n_missing;
    guint n_groups;     /* bins, categories or words; most frequent first but for bins */
    char **names;       /* of the groups; NULL of numbers */
    gsize n_shared;     /* bytes that all names begin with: a folder */
    gsize *counts;      /* of the groups, among all rows */
    guint16 *group;     /* of each row, or UMK_APP_NO_GROUP; NULL of words */
    float *values;      /* of each row, NaN where there is none; NULL but of numbers */
    double low, high;   /* of numbers */
    double first, step; /* bin b holds first + b * step and more */
    UmkAppRows **rows;  /* of each word; NULL but of words */
} UmkAppField;

/* texts: n of them, "" where there is none. NULL where a chart would tell nothing: one
 * value only, or (nearly) as many as items. */
UmkAppField *
umk_app_field_new(const char *name, const char *title, const char *const *texts, gsize n);
/* texts are cut into words; NULL where few share any, or there are too many. */
UmkAppField *umk_app_field_new_from_words(const char *name,
                                          const char *title,
                                          const char *const *texts,
                                          gsize n);
/* numbers: NaN where there is none; NULL if all are equal. */
UmkAppField *umk_app_field_new_from_numbers(const char *name,
                                            const char *title,
                                            const float *numbers,
                                            gsize n);
/* codes: number of a name, or negative. */
UmkAppField *umk_app_field_new_from_codes(const char *name,
                                          const char *title,
                                          const gint32 *codes,
                                          gsize n,
                                          const char *const *names,
                                          guint n_names);
UmkAppField *umk_app_field_ref(UmkAppField *self);
void umk_app_field_unref(UmkAppField *self);

/* Whether a chart of it tells something: not all are alike, nor all different. */
gboolean umk_app_field_tells(UmkAppField *self);
/* The name of a group as people read it. */
char *umk_app_field_dup_shown(UmkAppField *self, guint group);

/* How many rows of within (NULL: all) are in each group; counts: n_groups. */
void umk_app_field_count(UmkAppField *self, UmkAppRows *within, gsize *counts);
/* Rows in any of the groups. */
UmkAppRows *umk_app_field_select(UmkAppField *self, const guint *groups, gsize n_groups);
/* What the bins begin with and end before, as people write it. */
char *umk_app_field_dup_edge(UmkAppField *self, guint bin);
/* Which groups a condition's detail names, and back; groups: freed by the caller. */
char *umk_app_field_make_detail(UmkAppField *self, const guint *groups, gsize n_groups);
guint *umk_app_field_read_detail(UmkAppField *self, const char *detail, gsize *n_groups);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppField, umk_app_field_unref)

G_END_DECLS
