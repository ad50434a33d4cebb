"""The declaration of the chunk format, ``lua53_chunk.ksy``, from which the parser is generated."""
