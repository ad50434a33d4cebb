"""What is made of declarations by ``make parser``, and never edited.

kaitai-struct-compiler makes the parser of ``ksy/lua53_chunk.ksy``; ``ksy/tables.py`` makes the tables of that spec and of
``aidec/bytecode/opcodes.yaml`` and ``fields.yaml``.
"""
