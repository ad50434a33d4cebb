#!/usr/bin/env bash
# Makes sure that luac5.3, the oracle of most tests, is on the PATH: Debian's package lua5.3, where apt-get may install it.
set -euo pipefail
command -v luac5.3 > /dev/null && exit 0
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo -n)
if command -v apt-get > /dev/null; then
  "${as_root[@]}" apt-get -qq update && "${as_root[@]}" apt-get -qq install -y lua5.3 > /dev/null && exit 0
fi
echo "The tests compare with luac 5.3. Install it and put it on the PATH as luac5.3 (Debian: apt-get install lua5.3)." >&2
exit 1
