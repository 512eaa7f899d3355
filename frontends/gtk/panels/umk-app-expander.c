/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The toolkit's expander (GTK 4.8) does not say its label to a screen reader, and offers
 * the keyboard's focus to its child while that is folded away and belongs to no window.
 */
#include "umk-app-expander.h"

GtkWidget *
umk_app_expander_new(const char *label, GtkWidget *child)
{
    GtkWidget *self = gtk_expander_new_with_mnemonic(label);
    GtkWidget *text = gtk_expander_get_label_widget(GTK_EXPANDER(self));

    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   gtk_label_get_text(GTK_LABEL(text)), -1);
    gtk_expander_set_child(GTK_EXPANDER(self), child);
    g_object_bind_property(self, "expanded", child, "visible", G_BINDING_SYNC_CREATE);
    return self;
}
