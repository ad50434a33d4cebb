#!/usr/bin/env bash
# Real Lua files to check and to measure on: the Lua sources in some of Debian's packages, about 2,100 files, 40 MB.
# Nothing is installed. Packages named as arguments are fetched instead of the usual ones.
set -euo pipefail
folder=${AIDEC_CORPUS:-$HOME/.cache/aidec/corpus}
packages=("$@")
[ $# -gt 0 ] || packages=(lua-penlight luarocks prosody awesome context texlive-luatex minetest-data wesnoth-1.16-data)
mkdir -p "$folder"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
is_updated=
for package in "${packages[@]}"; do
  [ -d "$folder/$package" ] && continue
  [ -n "$is_updated" ] || { apt-get -qq update; is_updated=yes; }
  mkdir "$scratch/$package"
  (cd "$scratch/$package" && apt-get -qq download "$package" && dpkg-deb -x ./*.deb tree) > /dev/null 2>&1 ||
    { echo "cannot fetch Debian's package $package" >&2; exit 1; }
  mkdir "$scratch/$package/lua"
  (cd "$scratch/$package/tree" && find . -name '*.lua' -type f -exec cp --parents -t ../lua {} +)
  mv "$scratch/$package/lua" "$folder/$package"
done
echo "$(find "$folder" -name '*.lua' -type f | wc -l) files in $folder"
