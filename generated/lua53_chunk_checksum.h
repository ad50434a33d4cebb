// Which parser in Python was made of the same spec as the one in C++: the CRC-32 of lua53_chunk.py.
#define LUA53_CHUNK_CHECKSUM 3882580798u
