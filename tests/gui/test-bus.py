#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# The window as assistive tools meet it: another process, over the accessibility bus. What
# the other tests ask of GTK's own records is asked here of what arrives at the other end.
# usage: test-bus.py EXPLORER MAKE-FIXTURE; 77 where there is no accessibility bus.
import os
import subprocess
import sys
import tempfile
import time

try:
    from gi.repository import Gio, GLib
except ImportError:
    print("no python3-gi")
    sys.exit(77)

PATIENCE = 60  # seconds
ACCESSIBLE = "org.a11y.atspi.Accessible"
ROOT = "/org/a11y/atspi/accessible/root"
EXPANDABLE, SELECTED, VISIBLE = 9, 23, 30  # bits of a state


def connect():
    session = Gio.bus_get_sync(Gio.BusType.SESSION)
    try:
        (address,) = session.call_sync(
            "org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress", None, None,
            Gio.DBusCallFlags.NONE, 10000, None).unpack()
    except GLib.Error as error:
        print("no accessibility bus:", error.message)
        sys.exit(77)
    flags = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
             | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
    return Gio.DBusConnection.new_for_address_sync(address, flags, None, None)


class Node:
    """An object of an application, by its name on the bus and its path."""

    def __init__(self, bus, owner, path):
        self.bus, self.owner, self.path = bus, owner, path

    def call(self, interface, method, arguments=None):
        return self.bus.call_sync(
            self.owner, self.path, interface, method, arguments, None,
            Gio.DBusCallFlags.NONE, 10000, None).unpack()

    def get(self, name, interface=ACCESSIBLE):
        (value,) = self.call("org.freedesktop.DBus.Properties", "Get",
                             GLib.Variant("(ss)", (interface, name)))
        return value

    def children(self):
        (found,) = self.call(ACCESSIBLE, "GetChildren")
        return [Node(self.bus, owner, path) for owner, path in found]

    def role(self):
        return self.call(ACCESSIBLE, "GetRoleName")[0]

    def has(self, state):
        (words,) = self.call(ACCESSIBLE, "GetState")
        return bool(words[state // 32] >> state % 32 & 1)

    def act(self):
        assert self.call("org.a11y.atspi.Action", "DoAction",
                         GLib.Variant("(i)", (0,)))[0], self.path


def walk(node):
    """All below a node; GTK 4.8 tells pages that lie behind others as well. What goes
    meanwhile is passed over."""
    try:
        below = node.children()
    except GLib.Error:
        return
    for child in below:
        try:
            if not child.has(VISIBLE):
                continue
        except GLib.Error:
            continue
        yield child
        yield from walk(child)


def find(app, role, name):
    for node in walk(app):
        try:
            if node.role() == role and node.get("Name") == name:
                return node
        except GLib.Error:
            continue
    return None


def wait(what, condition):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError("waited in vain for " + what)


def find_app(bus):
    registry = Node(bus, "org.a11y.atspi.Registry", ROOT)
    for app in registry.children():
        if app.children():
            return app
    return None


def check_names(app):
    """Controls say what they are. GTK puts the class in place of a name that is missing."""
    spoken = {"checkbox", "combo box", "search box", "slider", "spin button", "tab"}
    seen, nameless = set(), []
    for node in walk(app):
        role = node.role()
        if role not in spoken and not node.has(EXPANDABLE):
            continue
        seen.add(role)
        name = node.get("Name")
        if not name or name.startswith(("Gtk", "Adw", "UmkApp")):
            nameless.append((role, name, node.path))
    assert seen >= spoken, seen
    assert not nameless, nameless


def check_slider(app):
    """A layer is made faint by a value that comes over the bus."""
    slider = wait("a slider", lambda: find(app, "slider", "Opacity of Texts"))
    value = "org.a11y.atspi.Value"
    assert slider.get("CurrentValue", value) == 1
    assert slider.get("MinimumValue", value) < slider.get("MaximumValue", value) == 1
    slider.call("org.freedesktop.DBus.Properties", "Set", GLib.Variant(
        "(ssv)", (value, "CurrentValue", GLib.Variant("d", 0.5))))
    wait("the slider", lambda: slider.get("CurrentValue", value) == 0.5)


def check_search(app):
    """A question that is typed by a tool has results."""
    box = find(app, "search box", "Search")
    box.call("org.a11y.atspi.EditableText", "SetTextContents", GLib.Variant("(s)", ("/^dog$/",)))
    wait("results", lambda: find(app, "label", "Results for “/^dog$/”"))
    assert any(node.role() == "label" and node.get("Name") == "dog" for node in walk(app))


def check_tab(app):
    tab = find(app, "tab", "Neighbours")
    assert not tab.has(SELECTED)
    tab.act()
    wait("the page", lambda: tab.has(SELECTED))


def main():
    explorer_path, make_fixture = sys.argv[1:3]
    bus = connect()
    folder = tempfile.TemporaryDirectory()
    collection = os.path.join(folder.name, "fixture.ume")
    garden = os.path.join(os.environ["UMEKOMI_ASSET_PATH"], "garden")
    subprocess.run([make_fixture, collection, garden], check=True)
    explorer = subprocess.Popen([explorer_path, collection])
    try:
        app = wait("the application", lambda: find_app(bus))
        wait("the collection", lambda: find(app, "slider", "Opacity of Texts"))
        check_names(app)
        check_slider(app)
        check_search(app)
        check_tab(app)
        assert explorer.poll() is None
    finally:
        explorer.terminate()
        explorer.wait(20)
    print("the window speaks over the bus")


if __name__ == "__main__":
    main()
