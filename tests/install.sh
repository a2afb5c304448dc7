#!/bin/sh
# What the tests need beside Python, from Debian's packages. Where it may not install, it says what is missing.
set -eu

install() {
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

missing=
faster=
if [ -z "${BTT_TEST_CHROMIUM:-}" ] && ! command -v chromium-headless-shell >/dev/null; then
    ! grep -qs '^ID=debian$' /etc/os-release || faster=chromium-headless-shell # no other system has this package
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
        || command -v google-chrome >/dev/null || missing="chromium chromium-driver"
fi
[ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || missing="$missing fonts-dejavu-core"
command -v redis-server >/dev/null || missing="$missing redis-server"
[ -e /usr/lib/rabbitmq/bin/rabbitmq-server ] || command -v rabbitmq-server >/dev/null || missing="$missing rabbitmq-server"
[ -x /usr/sbin/nginx ] || command -v nginx >/dev/null || missing="$missing nginx-light"
command -v prometheus-alertmanager >/dev/null || command -v alertmanager >/dev/null \
    || missing="$missing prometheus-alertmanager"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || missing="$missing postgresql"
# The build of Citus that is tested with needs this version of PostgreSQL, or a later one.
if [ -n "${BTT_TEST_CITUS_START:-}" ] && command -v dpkg >/dev/null; then
    dpkg --compare-versions "$(dpkg-query -W -f '${Version}' postgresql-15 2>/dev/null)" ge 15.20 \
        || missing="$missing postgresql-15"
fi
[ -n "$missing$faster" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    # The packages would start servers of their own; the tests have theirs.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
        trap 'rm -f "$policy"' EXIT
    fi
    apt-get update -qq || [ -z "$missing" ]
    # shellcheck disable=SC2086  # several words
    [ -z "$missing" ] || install $missing
    # Without it the tests in the browser take longer, and that is all.
    [ -z "$faster" ] || install "$faster" || true
elif [ -n "$missing" ]; then
    echo "The tests lack:$(printf ' %s' $missing). As root: apt-get install $missing" >&2
fi
