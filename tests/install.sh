#!/bin/sh
# What the tests need beside Python, from Debian's packages. Where it may not install, it says what is missing.
set -eu

missing=
if [ -z "${BTT_TEST_CHROMIUM:-}" ]; then
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
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    # The packages would start servers of their own; the tests have theirs.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
        trap 'rm -f "$policy"' EXIT
    fi
    apt-get update -qq
    # shellcheck disable=SC2086  # several words
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "The tests lack:$(printf ' %s' $missing). As root: apt-get install $missing" >&2
fi
