#!/bin/bash
# Install the real parts that the tests run against (Prometheus, PostgreSQL, Request Tracker, nginx, dovecot, ...) on Debian 12.
#
# Run it again and it returns at once: only what is missing is installed. Without root it says what is missing and
# exits 0, so that the tests can skip with a reason. No service is started; the tests start their own copies.
set -euo pipefail

parts=(
    prometheus prometheus-alertmanager prometheus-blackbox-exporter
    postgresql
    request-tracker5 rt5-standalone rt5-db-sqlite
    dbconfig-no-thanks # the package of RT makes no database
    nginx-light openssh-server dovecot-imapd dovecot-pop3d vsftpd mariadb-server # what probes look at
    knot rbldnsd dnsmasq-base                                                    # name servers, and a black list
    postfix                                # looked at too, and the mail dependency of RT
    monitoring-plugins-basic iputils-ping  # what the kinds `command` and `ping` may start
    fence-agents ipmitool openipmi         # power: the agents, and a BMC
    systemd            # systemd-analyze verify and security
    curl wrk
)

missing=()
for part in "${parts[@]}"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$part" 2>/dev/null || true)" = installed ] || missing+=("$part")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "parts: missing and not root, so the tests of these parts will skip: ${missing[*]}"
    exit 0
fi

log=$(mktemp)
policy=/usr/sbin/policy-rc.d # exit code 101: a package may not start its service
trap 'rm -f "$log" ${ours:+"$ours"}' EXIT
if [ ! -e "$policy" ]; then
    ours=$policy
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi
echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
export DEBIAN_FRONTEND=noninteractive
apt=(apt-get -qq -o DPkg::Lock::Timeout=900 -o APT::Install-Recommends=false)
quietly() { "$@" </dev/null >"$log" 2>&1 || { tail -20 "$log" >&2; exit 1; }; }

echo "parts: installing ${missing[*]}"
# A fresh image has no package lists, and an old list names versions that are gone: one update, only when the first try fails.
"${apt[@]}" -y install "${missing[@]}" </dev/null >"$log" 2>&1 || {
    quietly "${apt[@]}" update
    quietly "${apt[@]}" -y install "${missing[@]}"
}
echo "parts: ready"
