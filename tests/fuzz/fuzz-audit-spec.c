/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A spec, sets in JSON or a table, and an earlier audit from anyone: each is read or
 * refused with a reason, and what was read can be written and read again. */
#include <umekomi/umekomi.h>

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL, table_error = NULL, audit_error = NULL;
    g_autoptr(UmkAuditSpec) spec =
        umk_audit_spec_new_from_data((const char *) data, size, &error);
    g_autoptr(UmkAuditSpec) own = umk_audit_spec_new();
    g_autoptr(UmkAudit) audit =
        umk_audit_new_from_data((const char *) data, size, &audit_error);
    gboolean added =
        umk_audit_spec_add_sets_from_data(own, (const char *) data, size, &table_error);

    g_assert_true((spec == NULL) == (error != NULL));
    g_assert_true(added == (table_error == NULL));
    g_assert_true((audit == NULL) == (audit_error != NULL));
    if (spec != NULL) {
        g_autofree char *json = umk_audit_spec_to_json(spec);
        g_autoptr(UmkAuditSpec) again =
            umk_audit_spec_new_from_data(json, strlen(json), &error);

        g_assert_no_error(error);
        g_assert_cmpuint(umk_audit_spec_get_n_tests(again), ==,
                         umk_audit_spec_get_n_tests(spec));
    }
    if (audit != NULL) {
        g_autoptr(UmkAudit) both = umk_audit_compare(audit, audit, "x", NULL);
        gboolean holds;

        g_assert_nonnull(both);
        umk_audit_judge(audit, "t.effect-size > 0", &holds, NULL, NULL);
        umk_audit_judge(audit, "t.verdict = clear", &holds, NULL, NULL);
    }
    return 0;
}
