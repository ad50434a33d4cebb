"""The declaration of the chunk format, ``lua53_chunk.ksy``, and what makes ``generated/`` of it."""
