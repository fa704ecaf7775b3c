# Runs inside xvfb-run, for a POSIX shell: a session bus, a window manager (without one no window can be listed), an
# unlocked keyring, then the command. What the bus and its services say goes to a file; descriptor 3 is the caller's.
set -eu
if [ -z "${DRILLBOOK_SESSION:-}" ]; then
    export DRILLBOOK_SESSION=1
    exec 3>&2 2>"$XDG_CACHE_HOME/bus.log"
    exec dbus-run-session -- sh "$0" "$@"
fi
exec 2>&3 3>&-
unset DRILLBOOK_SESSION WAYLAND_DISPLAY
eval "$(printf %s drillbook | gnome-keyring-daemon --unlock --components=secrets 2>/dev/null | sed 's/^/export /')"
# Tests that need a keyring do not pass over it where one was promised.
export DRILLBOOK_KEYRING=1
ready="$XDG_RUNTIME_DIR/ready"
mkfifo "$ready"
openbox --startup "sh -c 'echo ready > $ready'" >/dev/null 2>&1 &
manager=$!
timeout 20 cat "$ready" >/dev/null || { echo "xtask: openbox did not start" >&2; exit 70; }
status=0
"$@" || status=$?
kill "$manager" 2>/dev/null || true
rm -rf "$XDG_RUNTIME_DIR" 2>/dev/null || true
exit "$status"
