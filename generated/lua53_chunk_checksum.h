// Which parser in Python was made of the same spec as the one in C++: the CRC-32 of lua53_chunk.py.
#define LUA53_CHUNK_CHECKSUM 1722660248u
