// Which parser in Python was made from the same spec as the one in C++: the SHA-256 of lua53_chunk.py.
#define LUA53_CHUNK_DIGEST "c68605c7511268366dbc7450d5bdc616bd575da6c4767fb978fa0f6775428901"
