# Runs inside dbus-run-session and xvfb-run: a window manager (without one no window can be listed), a keyring that is
# unlocked, then the command. Written for a POSIX shell.
set -eu
unset WAYLAND_DISPLAY
eval "$(printf %s drillbook | gnome-keyring-daemon --unlock --components=secrets 2>/dev/null | sed 's/^/export /')"
ready=$(mktemp -u "$XDG_CACHE_HOME/ready.XXXXXX")
mkfifo "$ready"
openbox --startup "sh -c 'echo ready > $ready'" >/dev/null 2>&1 &
manager=$!
timeout 20 cat "$ready" >/dev/null || { echo "xtask: openbox did not start" >&2; exit 70; }
rm -f "$ready"
status=0
"$@" || status=$?
kill "$manager" 2>/dev/null || true
exit "$status"
