#!/usr/bin/env bash
# The report's tests drive a real headless Chromium. Where it is missing and can be installed, install it;
# where not, say so: those tests are then skipped with that reason.
set -u
if command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core) >/dev/null 2>&1 && exit 0
fi
echo "No Chromium here and none could be installed: tests marked 'browser' will be skipped." >&2
exit 0
