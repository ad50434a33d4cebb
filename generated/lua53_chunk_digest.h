// Which parser in Python was made from the same spec as the one in C++: the SHA-256 of lua53_chunk.py.
#define LUA53_CHUNK_DIGEST "2e2dc7f71b981f80ecbbbbd4e60f3f6ccfef6bdcbb2c470dcec9d4e392bc2d57"
