/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The widgets of the projection's panel, from top to bottom as they are seen. */
#include "umk-app-projector-parts.h"

#include <glib/gi18n.h>

static void
label_it(GtkWidget *widget, const char *text)
{
    gtk_widget_set_tooltip_text(widget, text);
    gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   text, -1);
}

/* ---- method and dimensions -----------------------------------------------------------
 */

static void
method_chosen(UmkAppProjector *self)
{
    if (self->filling)
        return;
    _umk_app_projector_show_method(self);
    _umk_app_projector_changed(self);
}

static void
dims_toggled(UmkAppProjector *self)
{
    gboolean deep = gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(self->deep));

    if (self->editors[2] != NULL)
        gtk_widget_set_visible(self->editors[2], deep);
    /* the button is pressed, so the picture follows; axes are still to be said */
    if (!self->filling && self->scene != NULL && !_umk_app_projector_has_axes(self))
        umk_app_projector_lay_out(self, FALSE);
}

static GtkWidget *
make_choice(UmkAppProjector *self)
{
    GtkWidget *line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
    GtkWidget *dims = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
    g_autoptr(GtkStringList) titles = gtk_string_list_new(NULL);

    self->methods = umk_projection_list_methods();
    for (gsize i = 0; self->methods[i] != NULL; i++)
        gtk_string_list_append(titles, umk_projection_get_title(self->methods[i]));
    self->method = gtk_drop_down_new(g_object_ref(G_LIST_MODEL(titles)), NULL);
    gtk_widget_set_hexpand(self->method, TRUE);
    label_it(self->method, _("Method of the Projection"));
    self->flat = gtk_toggle_button_new_with_label(_("2-D"));
    self->deep = gtk_toggle_button_new_with_label(_("3-D"));
    gtk_toggle_button_set_group(GTK_TOGGLE_BUTTON(self->deep),
                                GTK_TOGGLE_BUTTON(self->flat));
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(self->flat), TRUE);
    label_it(self->flat, _("Two Dimensions"));
    label_it(self->deep, _("Three Dimensions"));
    gtk_widget_add_css_class(dims, "linked");
    gtk_box_append(GTK_BOX(dims), self->flat);
    gtk_box_append(GTK_BOX(dims), self->deep);
    gtk_box_append(GTK_BOX(line), self->method);
    gtk_box_append(GTK_BOX(line), dims);
    g_signal_connect_swapped(self->method, "notify::selected", G_CALLBACK(method_chosen),
                             self);
    g_signal_connect_swapped(self->deep, "toggled", G_CALLBACK(dims_toggled), self);
    return line;
}

static void
offer_clicked(UmkAppProjector *self)
{
    umk_app_projector_set_method(self, "umap");
    umk_app_projector_lay_out(self, FALSE);
}

static GtkWidget *
make_offer(UmkAppProjector *self)
{
    self->offer = gtk_button_new_with_mnemonic(_("_Refine with UMAP"));
    gtk_widget_add_css_class(self->offer, "suggested-action");
    gtk_widget_set_tooltip_text(self->offer,
                                _("PCA shows the largest differences; UMAP shows which "
                                  "items are neighbours. It settles while you watch."));
    g_signal_connect_swapped(self->offer, "clicked", G_CALLBACK(offer_clicked), self);
    return self->offer;
}

/* ---- lay out, and the fit under way --------------------------------------------------
 */

static void
apply_clicked(UmkAppProjector *self)
{
    umk_app_projector_lay_out(self, FALSE);
}

static GtkWidget *
make_centre(UmkAppProjector *self)
{
    self->centre = gtk_check_button_new_with_mnemonic(_("Centre _each kind"));
    gtk_widget_set_tooltip_text(
        self->centre,
        _("Take the mean of its kind off each vector first, so that pictures, sounds and "
          "texts do not lie in regions of their own"));
    g_signal_connect_swapped(self->centre, "toggled",
                             G_CALLBACK(_umk_app_projector_changed), self);
    return self->centre;
}

static GtkWidget *
make_apply(UmkAppProjector *self)
{
    GtkWidget *line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);

    self->live = gtk_check_button_new_with_mnemonic(_("A_t once"));
    gtk_widget_set_tooltip_text(self->live, _("Lay out anew whenever an option changes"));
    gtk_widget_set_hexpand(self->live, TRUE);
    self->apply = gtk_button_new_with_mnemonic(_("_Lay Out"));
    gtk_widget_set_tooltip_text(self->apply, _("Lay the Items Out as Chosen"));
    gtk_box_append(GTK_BOX(line), self->live);
    gtk_box_append(GTK_BOX(line), self->apply);
    g_signal_connect_swapped(self->apply, "clicked", G_CALLBACK(apply_clicked), self);
    g_signal_connect_swapped(self->live, "toggled",
                             G_CALLBACK(_umk_app_projector_changed), self);
    return line;
}

static void
pause_clicked(UmkAppProjector *self)
{
    if (self->fitting != NULL)
        umk_app_job_set_paused(self->fitting, !umk_app_job_is_paused(self->fitting));
}

static void
restart_clicked(UmkAppProjector *self)
{
    umk_app_projector_lay_out(self, TRUE);
}

static GtkWidget *
make_button(UmkAppProjector *self, const char *icon, const char *text, GCallback clicked)
{
    GtkWidget *button = gtk_button_new_from_icon_name(icon);

    gtk_widget_add_css_class(button, "flat");
    label_it(button, text);
    g_signal_connect_swapped(button, "clicked", clicked, self);
    return button;
}

static GtkWidget *
make_running(UmkAppProjector *self)
{
    GtkWidget *line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);

    self->state = gtk_label_new(NULL);
    gtk_label_set_xalign(GTK_LABEL(self->state), 0);
    gtk_label_set_ellipsize(GTK_LABEL(self->state), PANGO_ELLIPSIZE_END);
    gtk_widget_set_hexpand(self->state, TRUE);
    gtk_widget_add_css_class(self->state, "caption");
    gtk_widget_add_css_class(self->state, "numeric");
    self->progress = gtk_progress_bar_new();
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->progress),
                                   GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Progress of the Layout"), -1);
    self->pause = make_button(self, "media-playback-pause-symbolic",
                              _("Hold the Layout Still"), G_CALLBACK(pause_clicked));
    self->restart = make_button(self, "view-refresh-symbolic", _("Begin Anew"),
                                G_CALLBACK(restart_clicked));
    self->cancel =
        make_button(self, "process-stop-symbolic", _("Back to the Layout of Before"),
                    G_CALLBACK(umk_app_projector_cancel));
    gtk_box_append(GTK_BOX(line), self->state);
    gtk_box_append(GTK_BOX(line), self->pause);
    gtk_box_append(GTK_BOX(line), self->restart);
    gtk_box_append(GTK_BOX(line), self->cancel);
    self->running = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
    gtk_box_append(GTK_BOX(self->running), line);
    gtk_box_append(GTK_BOX(self->running), self->progress);
    gtk_widget_set_visible(self->running, FALSE);
    return self->running;
}

void
_umk_app_projector_build(UmkAppProjector *self)
{
    GtkWidget *heading = gtk_label_new(_("Projection"));

    gtk_label_set_xalign(GTK_LABEL(heading), 0);
    gtk_widget_add_css_class(heading, "heading");
    self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);
    self->form = UMK_APP_FORM(umk_app_form_new());
    self->axes_box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);
    gtk_box_append(GTK_BOX(self->box), heading);
    gtk_box_append(GTK_BOX(self->box), make_choice(self));
    gtk_box_append(GTK_BOX(self->box), make_offer(self));
    gtk_box_append(GTK_BOX(self->box), GTK_WIDGET(self->form));
    gtk_box_append(GTK_BOX(self->box), self->axes_box);
    gtk_box_append(GTK_BOX(self->box), make_centre(self));
    gtk_box_append(GTK_BOX(self->box), make_apply(self));
    gtk_box_append(GTK_BOX(self->box), make_running(self));
    gtk_widget_set_parent(self->box, GTK_WIDGET(self));
    g_signal_connect_swapped(self->form, "changed",
                             G_CALLBACK(_umk_app_projector_changed), self);
}

void
_umk_app_projector_add_axes(UmkAppProjector *self)
{
    for (guint a = 0; a < UMK_APP_MAX_AXES; a++) {
        self->editors[a] = umk_app_axis_editor_new(a, self->scene, self->fields);
        gtk_box_append(GTK_BOX(self->axes_box), self->editors[a]);
        g_signal_connect_swapped(self->editors[a], "changed",
                                 G_CALLBACK(_umk_app_projector_changed), self);
    }
    gtk_widget_set_visible(self->editors[2], FALSE);
}

/* ---- following -----------------------------------------------------------------------
 */

void
_umk_app_projector_show_centre(UmkAppProjector *self)
{
    UmkAppSource *source =
        self->scene != NULL ? umk_app_scene_get_source(self->scene) : NULL;
    guint n = 0;

    for (guint m = 0; source != NULL && m < UMK_N_MODALITIES; m++)
        n += umk_app_source_get_n_modality(source, (UmkModality) m) > 0 ? 1 : 0;
    gtk_widget_set_visible(self->centre, n > 1 && !_umk_app_projector_has_axes(self));
}

void
_umk_app_projector_show_method(UmkAppProjector *self)
{
    static const char *const hidden[] = {"dims", NULL};
    const char *method = umk_app_projector_get_method(self);
    gboolean axes = _umk_app_projector_has_axes(self);
    gsize n = 0;
    const UmkParamSpec *specs = umk_projection_get_params(method, &n);

    umk_app_form_set_specs(self->form, specs, axes ? 0 : n, hidden);
    gtk_widget_set_visible(self->axes_box, axes);
    _umk_app_projector_show_centre(self);
    for (guint a = 0; axes && a < UMK_APP_MAX_AXES && self->editors[a] != NULL; a++)
        umk_app_axis_editor_set_kind(
            UMK_APP_AXIS_EDITOR(self->editors[a]),
            g_str_equal(method, "columns") ? UMK_APP_AXIS_COMPONENT : UMK_APP_AXIS_SETS);
    gtk_widget_set_visible(self->offer, umk_app_projector_offers_umap(self));
}

void
_umk_app_projector_show_running(UmkAppProjector *self)
{
    g_autofree char *left = NULL, *stage = NULL, *text = NULL;
    gboolean paused;
    double fraction;

    gtk_widget_set_visible(self->running, self->fitting != NULL);
    if (self->fitting == NULL)
        return;
    g_object_get(self->fitting, "stage", &stage, "fraction", &fraction, NULL);
    paused = umk_app_job_is_paused(self->fitting);
    left = umk_app_job_time_text(umk_app_job_get_time_left(self->fitting));
    if (fraction >= 0)
        gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(self->progress), fraction);
    if (paused)
        text = g_strdup(_("Held still"));
    else if (left != NULL && fraction >= 0)
        /* Translators: how far it is, and about how long it takes yet */
        text = g_strdup_printf(_("%.0f %%, %s"), fraction * 100, left);
    else
        text = g_strdup(stage != NULL ? stage : _("Laying out"));
    gtk_label_set_label(GTK_LABEL(self->state), text);
    gtk_button_set_icon_name(GTK_BUTTON(self->pause),
                             paused ? "media-playback-start-symbolic"
                                    : "media-playback-pause-symbolic");
    label_it(self->pause,
             paused ? _("Let the Layout Go On") : _("Hold the Layout Still"));
    gtk_widget_set_sensitive(self->pause, umk_app_job_can_pause(self->fitting));
}
