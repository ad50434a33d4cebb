#!/usr/bin/env bash
# The reference manual of Lua 5.3, doc/manual.html of Debian's source package lua5.3, for `aidec synth questions`.
# It is kept in the user's cache, and printed is where. Nothing is installed.
set -euo pipefail
file=${AIDEC_MANUAL:-$HOME/.cache/aidec/manual.html}
if [ ! -f "$file" ]; then
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  uri=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2> /dev/null | head -n 1 || true)
  echo "deb-src ${uri:?no Debian mirror in /etc/apt} $codename main" > "$scratch/lua.list"
  mkdir -p "$scratch/lists/partial" "$(dirname "$file")"
  apt=(-o "Dir::Etc::SourceList=$scratch/lua.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$scratch/lists")
  apt-get -qq "${apt[@]}" update
  (cd "$scratch" && apt-get -qq "${apt[@]}" source --download-only lua5.3) 2> /dev/null ||
    { echo "cannot fetch Debian's source package lua5.3" >&2; exit 1; }
  tar -xzf "$scratch"/lua5.3_*.orig.tar.gz -C "$scratch"
  mv "$scratch"/lua-5.3.*/doc/manual.html "$file"
fi
echo "$file"
