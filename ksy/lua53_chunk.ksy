meta:
  id: lua53_chunk
  title: Lua 5.3 precompiled chunk
  application: Lua 5.3 (luac, string.dump, lua_dump)
  file-extension:
    - luac
    - out
  xref:
    wikidata: Q207316 # the language Lua; the chunk format has no entry of its own
  tags:
    - executable
    - serialization
  license: MIT
  ks-version: '0.11'
doc: |
  A precompiled chunk is what `luac` writes, what `string.dump` returns and
  what `lua_dump` produces: a header that tells how the machine that wrote it
  stores its numbers, then one function prototype ("proto"), the main function,
  which holds all others nested inside it.

  Nothing in the file is aligned and no offset is stored: everything stands in
  the order in which it is read. Widths and byte order are those of the machine
  that wrote the file and are found in the header; all that Lua 5.3 can be built
  with are covered: both byte orders, C `int` and `size_t` of 4 or 8 bytes,
  `lua_Integer` and `lua_Number` of 4 or 8 bytes.

  The format is not documented by its authors. This specification follows the
  code that writes it (`ldump.c`) and the code that reads it (`lundump.c`) in
  Lua 5.3.6; names in parentheses are those of the C sources.
doc-ref:
  - https://www.lua.org/source/5.3/ldump.c.html
  - https://www.lua.org/source/5.3/lundump.c.html
seq:
  - id: header
    type: header
  - id: layout
    type: |
      layout(
        header.order * header.len_int, header.order * header.len_size_t,
        header.order * header.len_integer, header.order * header.len_number)
    doc: What the header tells, for all that follows. It has no bytes of its own.
  - id: num_upvalues
    type: u1
    doc: |
      Number of upvalues of the closure that `lua_load` makes of the main
      function. `luac` writes the same number as in `main`.
    doc-ref: https://www.lua.org/source/5.3/lundump.c.html#luaU_undump
  - id: main
    type: proto(0)
    doc: The main function. Its source is the only one that `luac` always names.
types:
  header:
    doc: |
      Tells that this is a Lua 5.3 chunk, and how its numbers are stored.
      Lua itself only loads chunks whose header is that of its own build.
    doc-ref: https://www.lua.org/source/5.3/ldump.c.html#DumpHeader
    seq:
      - id: magic
        contents: [0x1b, "Lua"]
        doc: LUA_SIGNATURE
      - id: version
        type: u1
        valid: 0x53
        doc: LUAC_VERSION, the major version times 16 plus the minor version.
      - id: format
        type: u1
        valid: 0
        doc: LUAC_FORMAT, 0 for the official format.
      - id: data
        contents: [0x19, 0x93, 0x0d, 0x0a, 0x1a, 0x0a]
        doc: |
          LUAC_DATA, bytes that a transfer in text mode would change: a reader
          that finds others has a corrupt file in hand.
      - id: len_int
        type: u1
        valid:
          any-of: [4, 8]
        doc: Width in bytes of a C `int` (counts, line numbers).
      - id: len_size_t
        type: u1
        valid:
          any-of: [4, 8]
        doc: Width in bytes of a C `size_t` (lengths of long strings).
      - id: len_instruction
        type: u1
        valid: 4
        doc: Width in bytes of an `Instruction`, 4 wherever an `int` has 32 bits.
      - id: len_integer
        type: u1
        valid:
          any-of: [4, 8]
        doc: Width in bytes of a `lua_Integer`, 4 for a Lua built with LUA_32BITS.
      - id: len_number
        type: u1
        valid:
          any-of: [4, 8]
        doc: |
          Width in bytes of a `lua_Number`, 4 (IEEE 754 single precision) for a
          Lua built with LUA_32BITS, else 8 (double precision).
      - id: check
        type: check
    instances:
      is_big_endian:
        value: check.is_big_endian
      order:
        value: 'is_big_endian ? -1 : 1'
        doc: The sign of `layout`.
  check:
    doc: Two known numbers, from which a reader tells the byte order.
    doc-ref: https://www.lua.org/source/5.3/lundump.h.html#LUAC_INT
    seq:
      - id: integer
        size: _parent.len_integer
        valid:
          any-of:
            - '[0x78, 0x56, 0x00, 0x00]'
            - '[0x00, 0x00, 0x56, 0x78]'
            - '[0x78, 0x56, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00]'
            - '[0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x56, 0x78]'
        doc: LUAC_INT, the `lua_Integer` 0x5678.
      - id: number
        size: _parent.len_number
        valid:
          any-of:
            - 'is_big_endian ? [0x43, 0xb9, 0x40, 0x00] : [0x00, 0x40, 0xb9, 0x43]'
            - 'is_big_endian ? [0x40, 0x77, 0x28, 0x00, 0x00, 0x00, 0x00, 0x00] : [0x00, 0x00, 0x00, 0x00, 0x00, 0x28, 0x77, 0x40]'
        doc: LUAC_NUM, the `lua_Number` 370.5, in the same byte order.
    instances:
      is_big_endian:
        value: integer[0] == 0
  layout:
    doc: |
      How numbers are stored, found once for the whole chunk: their width in
      bytes, with a minus where the most significant byte comes first.
    doc-ref: https://www.lua.org/source/5.3/ldump.c.html#DumpHeader
    params:
      - id: c_int
        type: s1
        doc: Layout of a C `int`.
      - id: c_size_t
        type: s1
        doc: Layout of a C `size_t`.
      - id: lua_integer
        type: s1
        doc: Layout of a `lua_Integer`.
      - id: lua_number
        type: s1
        doc: Layout of a `lua_Number`.
  lua_string:
    doc: |
      A string of any bytes, without the NUL that ends it in memory, although its
      stored length counts that NUL. So length 1 is the empty string, and 0 tells
      that there is no string (NULL). Constants and local variables, of which there
      are many, have its fields as their own.
    doc-ref: https://www.lua.org/source/5.3/ldump.c.html#DumpString
    seq:
      - &len_short
        id: len_short
        type: u1
        doc: The length plus 1, or 255 where the length follows as `size_t`.
      - &len_long
        id: len_long
        type:
          switch-on: _root.layout.c_size_t
          cases:
            4: u4le
            8: u8le
            -4: u4be
            -8: u8be
        if: len_short == 0xff
        doc: The length plus 1.
      - &string
        id: value
        size: '(len_short == 0xff ? len_long : len_short) - 1'
        if: len_short != 0 and (len_short != 0xff or len_long != 0)
        doc: Not there where the length is 0.
  proto:
    doc: |
      A function prototype (`Proto`): code, constants, the functions defined
      inside it, and debug information, which `luac -s` leaves out.
    doc-ref: https://www.lua.org/source/5.3/ldump.c.html#DumpFunction
    params:
      - id: depth
        type: u2
        doc: Number of functions around this one, 0 for the main function.
    seq:
      - id: source
        type: lua_string
        doc: |
          Name of the source: `@` and a file name, `=` and a name chosen by the
          user, or the source text itself. Absent where it is the same as that
          of the function around this one, and in a stripped chunk.
      - id: line_defined
        type: &int
          switch-on: _root.layout.c_int
          cases:
            4: s4le
            8: s8le
            -4: s4be
            -8: s8be
        doc: Line of the function's first token, 0 for the main function.
      - id: last_line_defined
        type: *int
        doc: Line of the function's last token, 0 for the main function.
      - id: num_params
        type: u1
        doc: Number of fixed parameters.
      - id: is_vararg
        type: u1
        doc: 1 where the parameter list ends in `...`, else 0.
      - id: max_stack_size
        type: u1
        doc: Number of registers that the function needs.
      - id: num_instructions
        type: *int
        valid:
          min: 0
      - id: code
        type: code(num_instructions, _io.pos)
      - id: num_constants
        type: *int
        valid:
          min: 0
      - id: constants
        type: constant
        repeat: expr
        repeat-expr: num_constants
      - id: num_upvalues
        type: *int
        valid:
          min: 0
      - id: upvalues
        type: upvalue
        repeat: expr
        repeat-expr: num_upvalues
      - id: num_protos
        type: *int
        valid:
          expr: '_ == 0 or (_ > 0 and depth < 200)'
        doc: |
          Number of functions defined inside this one. Lua's own parser does
          not nest functions more than 200 deep (LUAI_MAXCCALLS in `llimits.h`),
          and so neither does this specification.
      - id: protos
        type: proto(depth + 1)
        repeat: expr
        repeat-expr: num_protos
      - id: num_line_info
        type: *int
        valid:
          min: 0
        doc: Either 0 or the number of instructions.
      - id: line_info
        type: line_info(num_line_info, _io.pos)
      - id: num_local_vars
        type: *int
        valid:
          min: 0
      - id: local_vars
        type: local_var
        repeat: expr
        repeat-expr: num_local_vars
      - id: num_upvalue_names
        type: *int
        valid:
          min: 0
          max: num_upvalues
        doc: Either 0 or the number of upvalues.
      - id: upvalue_names
        type: lua_string
        repeat: expr
        repeat-expr: num_upvalue_names
        doc: Names of the upvalues, in their order.
  code:
    doc: |
      The instructions of a function. They are read in bulk; `instructions` shows
      each one decoded.
    doc-ref: https://www.lua.org/source/5.3/ldump.c.html#DumpCode
    params:
      - id: num_instructions
        type: u8
      - id: ofs_raw
        type: u8
        doc: Where `raw` stands in the file.
    seq:
      - id: raw
        size: num_instructions * 4
    instances:
      instructions:
        pos: ofs_raw
        type: instruction
        repeat: expr
        repeat-expr: num_instructions
  instruction:
    doc: |
      A 32-bit word, its opcode in the lowest 6 bits. Which of the operands it
      has depends on the opcode: A, B and C; A and Bx; A and sBx; or Ax. They
      share the same bits.

          31       23       14     6      0
          +--------+--------+------+------+
          |   B    |   C    |  A   |opcode|  iABC
          +--------+--------+------+------+
          |    Bx or sBx    |  A   |opcode|  iABx, iAsBx
          +-----------------+------+------+
          |           Ax           |opcode|  iAx
          +------------------------+------+
    doc-ref: https://www.lua.org/source/5.3/lopcodes.h.html
    seq:
      - id: word
        type:
          switch-on: _root.header.is_big_endian
          cases:
            'true': u4be
            'false': u4le
    instances:
      opcode:
        value: word & 0x3f
        enum: opcode
      a:
        value: (word >> 6) & 0xff
        doc: Mostly the register that the instruction sets.
      b:
        value: (word >> 23) & 0x1ff
        doc: For operands of the kind RK, 256 and above is constant `b - 256`.
      c:
        value: (word >> 14) & 0x1ff
        doc: For operands of the kind RK, 256 and above is constant `c - 256`.
      bx:
        value: (word >> 14) & 0x3ffff
      sbx:
        value: bx - 131071
        doc: Bx in excess MAXARG_sBx, a jump's distance from the next instruction.
      ax:
        value: (word >> 6) & 0x3ffffff
  constant:
    doc: A value of the constant table (`k`).
    doc-ref: https://www.lua.org/source/5.3/ldump.c.html#DumpConstants
    seq:
      - id: type
        type: u1
        valid:
          any-of: [4, 19, 3, 1, 0, 20] # those of constant_type, the most frequent first
        doc: |
          A number of `constant_type`. It is compared as a number, since a chunk
          has many constants; `kind` names it.
      - <<: *len_short
        if: type == 4 or type == 20 # short_string, long_string
        valid:
          min: 1
      - <<: *len_long
        if: (type == 4 or type == 20) and len_short == 0xff
        valid:
          min: 1
      - <<: *string
        id: string
        if: type == 4 or type == 20
        doc: Never absent.
      - id: integer
        type:
          switch-on: _root.layout.lua_integer
          cases:
            4: s4le
            8: s8le
            -4: s4be
            -8: s8be
        if: type == 19 # integer
        doc: A `lua_Integer`, in two's complement.
      - id: number
        type:
          switch-on: _root.layout.lua_number
          cases:
            4: f4le
            8: f8le
            -4: f4be
            -8: f8be
        if: type == 3 # number
        doc: A `lua_Number`, in IEEE 754.
      - id: boolean
        type: u1
        if: type == 1 # boolean
        doc: 0 is false, all else is true.
    instances:
      kind:
        value: type
        enum: constant_type
  upvalue:
    doc: Where a closure finds one of its upvalues when it is made (`Upvaldesc`).
    doc-ref: https://www.lua.org/source/5.3/ldump.c.html#DumpUpvalues
    seq:
      - id: in_stack
        type: u1
        doc: |
          1 where the upvalue is a local variable of the function around this
          one, 0 where it is an upvalue of that function.
      - id: index
        type: u1
        doc: Register, or index among the upvalues, of the function around.
  line_info:
    doc: |
      The source line of each instruction. They are read in bulk; `lines` shows
      each one decoded.
    doc-ref: https://www.lua.org/source/5.3/ldump.c.html#DumpDebug
    params:
      - id: num_lines
        type: u8
      - id: ofs_raw
        type: u8
        doc: Where `raw` stands in the file.
    seq:
      - id: raw
        size: num_lines * _root.header.len_int
    instances:
      lines:
        pos: ofs_raw
        type: *int
        repeat: expr
        repeat-expr: num_lines
  local_var:
    doc: A local variable (`LocVar`), for debuggers.
    doc-ref: https://www.lua.org/source/5.3/ldump.c.html#DumpDebug
    seq:
      - *len_short
      - *len_long
      - <<: *string
        id: name
      - id: start_pc
        type: *int
        doc: The first instruction where the variable is alive, counted from 0.
      - id: end_pc
        type: *int
        doc: The first instruction where it is dead.
enums:
  constant_type:
    0:
      id: nil
      doc: LUA_TNIL
    1:
      id: boolean
      doc: LUA_TBOOLEAN
    3:
      id: number
      doc: LUA_TNUMFLT
    4:
      id: short_string
      doc: LUA_TSHRSTR, a string of at most 40 bytes (LUAI_MAXSHORTLEN).
    19:
      id: integer
      doc: LUA_TNUMINT
    20:
      id: long_string
      doc: LUA_TLNGSTR, a longer string. Both load alike.

  opcode:
    0: op_move
    1: op_loadk
    2: op_loadkx
    3: op_loadbool
    4: op_loadnil
    5: op_getupval
    6: op_gettabup
    7: op_gettable
    8: op_settabup
    9: op_setupval
    10: op_settable
    11: op_newtable
    12: op_self
    13: op_add
    14: op_sub
    15: op_mul
    16: op_mod
    17: op_pow
    18: op_div
    19: op_idiv
    20: op_band
    21: op_bor
    22: op_bxor
    23: op_shl
    24: op_shr
    25: op_unm
    26: op_bnot
    27: op_not
    28: op_len
    29: op_concat
    30: op_jmp
    31: op_eq
    32: op_lt
    33: op_le
    34: op_test
    35: op_testset
    36: op_call
    37: op_tailcall
    38: op_return
    39: op_forloop
    40: op_forprep
    41: op_tforcall
    42: op_tforloop
    43: op_setlist
    44: op_closure
    45: op_vararg
    46: op_extraarg
