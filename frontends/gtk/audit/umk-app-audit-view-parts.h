/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the audit view share: -view.c asks, -show.c shows what came. */
#pragma once

#include "umk-app-audit-view.h"

G_BEGIN_DECLS

struct _UmkAppAuditView {
    GtkWidget parent_instance;
    GtkWidget *scroller;
    GtkWidget *tests, *save;
    GtkPopover *tests_popover;
    GtkListBox *tests_list, *influence;
    GtkDropDown *measure, *debias;
    GtkSpinner *spinner;
    UmkAppAuditSet *x, *y, *a, *b;
    GtkStack *stack;
    GtkLabel *empty, *problem, *verdict, *direction, *figures, *reasons, *missing;
    GtkWidget *influence_title;
    UmkAppAuditChart *chart;

    UmkAppSource *source;
    UmkAppAuditLibrary *library; /* NULL until it is loaded */
    char **measures, **methods;  /* as the drop-downs show them; methods[0] is none */
    char *known_test;            /* whose sets are all unchanged, or NULL */
    char *wanted_test;           /* asked for before the library was there */
    gboolean filling;            /* several sets change at once */
    guint timeout;
    UmkAppJob *loading, *running;
    UmkAppAuditResult *result;
};

/* umk-app-audit-show.c */
void _umk_app_audit_view_show(UmkAppAuditView *self);
void _umk_app_audit_view_show_problem(UmkAppAuditView *self, const char *text);

G_END_DECLS
