#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs a program of the GUI suite under a display and a session bus of its own; 77 (skipped)
# where there is no virtual display to be had. usage: run.sh PROGRAM [ARGUMENTS]
command -v xvfb-run >/dev/null || { echo "1..0 # SKIP xvfb-run is not installed"; exit 77; }
command -v dbus-run-session >/dev/null || { echo "1..0 # SKIP no dbus-run-session"; exit 77; }
home=$(mktemp -d)
export XDG_DATA_HOME="$home/data" XDG_CONFIG_HOME="$home/config" XDG_CACHE_HOME="$home/cache" XDG_STATE_HOME="$home/state"
export GSK_RENDERER=cairo GTK_A11Y=${UMEKOMI_A11Y:-none} GSETTINGS_BACKEND=memory GDK_BACKEND=x11
export UMEKOMI_SOUND=silent
export G_DEBUG=fatal-warnings GTK_THEME= NO_AT_BRIDGE=1
unset GTK_THEME
mkdir -p "$XDG_DATA_HOME"
xvfb-run -a -s "-screen 0 1600x1000x24" dbus-run-session -- "$@"
code=$?
rm -rf "$home"
exit $code
