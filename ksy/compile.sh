#!/usr/bin/env bash
# Regenerates the parsers in generated/ from lua53_chunk.ksy, in Python and in C++: with kaitai-struct-compiler 0.11 where it is
# on the PATH, else with its npm package, in the version that package-lock.json names.
set -euo pipefail
cd "$(dirname "$0")"
if command -v kaitai-struct-compiler > /dev/null && kaitai-struct-compiler --version | grep -q '0\.11'; then
  compile() { kaitai-struct-compiler --target "$1" --outdir "$3" "$2"; }
else
  npm ci --silent --no-audit --no-fund
  compile() { node compile.js "$1" "$2" "$3"; }
fi
compile python lua53_chunk.ksy ../generated
compile cpp_stl lua53_chunk.ksy ../generated

cd ../generated
# The compiler declares what has 4 bytes in some chunks and 8 in others as int32_t, which would cut integers off.
sed -i.narrow 's/\bint32_t\b/int64_t/g' lua53_chunk.h lua53_chunk.cpp
rm ./*.narrow
checksum=$(python3 -c 'import binascii; print(binascii.crc32(open("lua53_chunk.py", "rb").read()))')
cat > lua53_chunk_checksum.h << END
// Which parser in Python was made of the same spec as the one in C++: the CRC-32 of lua53_chunk.py.
#define LUA53_CHUNK_CHECKSUM ${checksum}u
END
