/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An audit: which sets of items are compared by which tests, on which vectors, and what
 * came of it as one JSON document from which every report is made. */
#ifndef UMK_AUDIT_H
#define UMK_AUDIT_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>

G_BEGIN_DECLS

typedef struct _UmkAuditSpec UmkAuditSpec;     /* what is to be tested               */
typedef struct _UmkAuditSource UmkAuditSource; /* the vectors, and how words find them */
typedef struct _UmkAudit UmkAudit;             /* what was found                     */

#define UMK_TYPE_AUDIT_SPEC (umk_audit_spec_get_type())
GType umk_audit_spec_get_type(void) G_GNUC_CONST;
#define UMK_TYPE_AUDIT_SOURCE (umk_audit_source_get_type())
GType umk_audit_source_get_type(void) G_GNUC_CONST;
#define UMK_TYPE_AUDIT (umk_audit_get_type())
GType umk_audit_get_type(void) G_GNUC_CONST;

/* ---- what is to be tested --------------------------------------------------------- */

UmkAuditSpec *umk_audit_spec_new(void);
UmkAuditSpec *
umk_audit_spec_new_from_data(const char *data, gsize length, GError **error);
UmkAuditSpec *umk_audit_spec_new_from_file(const char *path, GError **error);
UmkAuditSpec *umk_audit_spec_ref(UmkAuditSpec *self);
void umk_audit_spec_unref(UmkAuditSpec *self);
gboolean umk_audit_spec_set(UmkAuditSpec *self,
                            const char *name,
                            const char *value,
                            GError **error);
const char *umk_audit_spec_get(UmkAuditSpec *self, const char *name);
gboolean umk_audit_spec_set_debias(UmkAuditSpec *self,
                                   const char *method,
                                   const char *roles,
                                   const char *params,
                                   GError **error);
gboolean umk_audit_spec_set_column(UmkAuditSpec *self,
                                   const char *role,
                                   const char *column,
                                   GError **error);
gboolean umk_audit_spec_add_set(UmkAuditSpec *self,
                                const char *id,
                                const char *title,
                                const char *language,
                                const char *const *items,
                                GError **error);
gboolean umk_audit_spec_add_sets_from_data(UmkAuditSpec *self,
                                           const char *data,
                                           gsize length,
                                           GError **error);
gboolean
umk_audit_spec_add_sets_from_file(UmkAuditSpec *self, const char *path, GError **error);
gboolean umk_audit_spec_add_test(UmkAuditSpec *self,
                                 const char *id,
                                 const char *measure,
                                 const char *roles,
                                 const char *params,
                                 GError **error);
gboolean
umk_audit_spec_add_known_test(UmkAuditSpec *self, const char *id, GError **error);
gsize umk_audit_spec_get_n_tests(UmkAuditSpec *self);
char *umk_audit_spec_to_json(UmkAuditSpec *self);

/* ---- sets and tests that come with the program ------------------------------------ */

char **umk_audit_list_tests(const char *language, GError **error);
char **umk_audit_list_sets(const char *language, GError **error);
char *umk_audit_dup_library(GError **error);

/* ---- the vectors ------------------------------------------------------------------ */

UmkAuditSource *umk_audit_source_new_for_vectors(UmkMatrix *vectors,
                                                 const char *const *names,
                                                 const char *path,
                                                 GError **error);
UmkAuditSource *umk_audit_source_new_for_collection(UmkCollection *collection,
                                                    UmkRegistry *registry,
                                                    GCancellable *cancellable,
                                                    GError **error);
UmkAuditSource *umk_audit_source_new_for_model(UmkModel *model);
UmkAuditSource *umk_audit_source_ref(UmkAuditSource *self);
void umk_audit_source_unref(UmkAuditSource *self);
gboolean
umk_audit_source_set_metadata(UmkAuditSource *self, UmkItems *metadata, GError **error);

/* ---- what was found --------------------------------------------------------------- */

UmkAudit *umk_audit_run(UmkAuditSpec *spec,
                        UmkAuditSource *source,
                        guint64 seed,
                        GCancellable *cancellable,
                        UmkProgressFunc progress,
                        gpointer progress_data,
                        GError **error);
UmkMatrix *umk_audit_score_axis(UmkAuditSpec *spec,
                                UmkAuditSource *source,
                                const char *a,
                                const char *b,
                                GBytes **rows,
                                GCancellable *cancellable,
                                GError **error);
UmkAudit *umk_audit_new_from_data(const char *data, gsize length, GError **error);
UmkAudit *umk_audit_new_from_file(const char *path, GError **error);
UmkAudit *umk_audit_ref(UmkAudit *self);
void umk_audit_unref(UmkAudit *self);
const char *umk_audit_get_json(UmkAudit *self, gsize *length);
UmkAudit *
umk_audit_compare(UmkAudit *self, UmkAudit *earlier, const char *path, GError **error);
gboolean umk_audit_judge(
    UmkAudit *self, const char *condition, gboolean *holds, char **found, GError **error);
const char *umk_audit_describe(const char *code);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAuditSpec, umk_audit_spec_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAuditSource, umk_audit_source_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAudit, umk_audit_unref)

G_END_DECLS

#endif
