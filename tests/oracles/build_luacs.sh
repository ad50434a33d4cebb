#!/usr/bin/env bash
# Builds luac 5.3 in the configurations whose chunks have headers of their own, from Debian's source package: luac-64 (the
# usual one), luac-32bits (LUA_32BITS), luac-c89 (LUA_USE_C89) and luac-m32 (a 32-bit build, where gcc has the libraries).
# The C sources stay in src/: tests compare opcodes.yaml with them.
set -euo pipefail
folder=${AIDEC_LUAC_DIR:-$HOME/.cache/aidec/luac}
mkdir -p "$folder" && cd "$folder"
if [ ! -f src/lopcodes.h ]; then
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  uri=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2> /dev/null | head -n 1 || true)
  echo "deb-src ${uri:?no Debian mirror in /etc/apt} $codename main" > "$scratch/lua.list"
  mkdir -p "$scratch/lists/partial"
  apt=(-o "Dir::Etc::SourceList=$scratch/lua.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$scratch/lists")
  apt-get -qq "${apt[@]}" update
  (cd "$scratch" && apt-get -qq "${apt[@]}" source --download-only lua5.3) 2> /dev/null
  tar -xzf "$scratch"/lua5.3_*.orig.tar.gz -C "$scratch"
  mv "$scratch"/lua-5.3.*/src src
fi
build() {
  local name=$1 sources
  sources=$(find src -name '*.c' ! -name lua.c)
  # shellcheck disable=SC2086 # one word a file
  [ -x "$name" ] || gcc -O1 "${@:2}" -o "$name" $sources -lm 2> /dev/null || { echo "$name could not be built"; return; }
  echo "$name"
}
build luac-64
build luac-32bits -DLUA_32BITS
build luac-c89 -DLUA_USE_C89
build luac-m32 -m32
