#!/usr/bin/env bash
# The tests of databases start a real PostgreSQL and a real MariaDB of their own. Where their programs are missing and can be
# installed, install them; where not, say so: those tests are then skipped with that reason.
set -u
missing=()
compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || command -v initdb >/dev/null 2>&1 || missing+=(postgresql)
command -v mariadbd >/dev/null 2>&1 || [ -x /usr/sbin/mariadbd ] || missing+=(mariadb-server)
[ ${#missing[@]} = 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  # No service is started by the packages: the tests run servers of their own on free ports.
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d.recon && chmod +x /usr/sbin/policy-rc.d.recon
  [ -e /usr/sbin/policy-rc.d ] || { mv /usr/sbin/policy-rc.d.recon /usr/sbin/policy-rc.d && trap 'rm -f /usr/sbin/policy-rc.d' EXIT; }
  rm -f /usr/sbin/policy-rc.d.recon
  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}") >/dev/null 2>&1 && exit 0
fi
echo "No ${missing[*]} here and none could be installed: tests on them will be skipped." >&2
exit 0
