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
  what `lua_dump` produces: a header, which says how the machine that wrote the
  chunk stores its numbers, then one function prototype ("proto"), the main
  function, which holds all others nested inside it.

  Nothing in the file is aligned and no offset is stored: everything stands in
  the order in which it is read. Widths and byte order are those of the machine
  that wrote the file and are found in the header; all that Lua 5.3 can be built
  with are covered: both byte orders, C `int` and `size_t` of 4 or 8 bytes,
  `lua_Integer` and `lua_Number` of 4 or 8 bytes.

  The format is not documented by its authors. This specification follows the
  code that writes it (`ldump.c`) and the code that reads it (`lundump.c`) in
  Lua 5.3.6. `-orig-id` and names in parentheses are those of the C sources.
doc-ref:
  - https://www.lua.org/source/5.3/ldump.c.html
  - https://www.lua.org/source/5.3/lundump.c.html
params:
  # Programs that changed Lua may have other types of constants; the official ones are those of constant_type.
  - id: nil_type
    type: u1
    doc: The type of a nil, officially 0.
  - id: boolean_type
    type: u1
    doc: The type of a boolean, officially 1.
  - id: number_type
    type: u1
    doc: The type of a `lua_Number`, officially 3.
  - id: short_string_type
    type: u1
    doc: The type of a short string, officially 4.
  - id: integer_type
    type: u1
    doc: The type of a `lua_Integer`, officially 19.
  - id: long_string_type
    type: u1
    doc: The type of a long string, officially 20. It may be that of a short string.
seq:
  - id: header
    type: header
  - id: num_upvalues
    -orig-id: sizeupvalues
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
      Identifies a Lua 5.3 chunk and says how its numbers are stored.
      Lua itself only loads chunks whose header is that of its own build.
    doc-ref: https://www.lua.org/source/5.3/ldump.c.html#DumpHeader
    seq:
      - id: magic
        -orig-id: LUA_SIGNATURE
        contents: [0x1b, "Lua"]
      - id: version
        -orig-id: LUAC_VERSION
        type: u1
        valid: 0x53
        doc: The major version times 16 plus the minor version.
      - id: format
        -orig-id: LUAC_FORMAT
        type: u1
        valid: 0
        doc: 0 for the official format.
      - id: data
        -orig-id: LUAC_DATA
        contents: [0x19, 0x93, 0x0d, 0x0a, 0x1a, 0x0a]
        doc: |
          Bytes that a transfer in text mode would change. Where others are
          found, the file is corrupt.
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
  check:
    doc: |
      Two known numbers. They are read as bytes, since the byte order of the
      chunk is found from them.
    doc-ref: https://www.lua.org/source/5.3/lundump.h.html#LUAC_INT
    seq:
      - id: integer
        -orig-id: LUAC_INT
        size: _parent.len_integer
        valid:
          any-of:
            - '[0x78, 0x56, 0x00, 0x00]'
            - '[0x00, 0x00, 0x56, 0x78]'
            - '[0x78, 0x56, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00]'
            - '[0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x56, 0x78]'
        doc: LUAC_INT, the `lua_Integer` 0x5678.
      - id: number
        -orig-id: LUAC_NUM
        size: _parent.len_number
        valid:
          any-of:
            - 'is_big_endian ? [0x43, 0xb9, 0x40, 0x00] : [0x00, 0x40, 0xb9, 0x43]'
            - 'is_big_endian ? [0x40, 0x77, 0x28, 0x00, 0x00, 0x00, 0x00, 0x00] : [0x00, 0x00, 0x00, 0x00, 0x00, 0x28, 0x77, 0x40]'
        doc: LUAC_NUM, the `lua_Number` 370.5, in the same byte order.
    instances:
      is_big_endian:
        value: integer[0] == 0
  proto:
    -orig-id: Proto
    doc: |
      A function prototype: code, constants, the functions defined inside it,
      and debug information, which `luac -s` leaves out.
    doc-ref: https://www.lua.org/source/5.3/ldump.c.html#DumpFunction
    meta:
      endian:
        switch-on: _root.header.is_big_endian
        cases:
          true: be
          false: le
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
        -orig-id: linedefined
        type: &int
          switch-on: _root.header.len_int
          cases:
            4: s4
            8: s8
        doc: Line of the function's first token, 0 for the main function.
      - id: last_line_defined
        -orig-id: lastlinedefined
        type: *int
        doc: Line of the function's last token, 0 for the main function.
      - id: num_params
        -orig-id: numparams
        type: u1
        doc: Number of fixed parameters.
      - id: is_vararg
        type: u1
        doc: 1 where the parameter list ends in `...`, else 0.
      - id: max_stack_size
        -orig-id: maxstacksize
        type: u1
        doc: Number of registers that the function needs.
      - id: num_instructions
        -orig-id: sizecode
        type: *int
        valid:
          min: 0
      - id: code
        size: num_instructions * 4
        type: code
      - id: num_constants
        -orig-id: sizek
        type: *int
        valid:
          min: 0
      - id: constants
        -orig-id: k
        type: constant
        repeat: expr
        repeat-expr: num_constants
      - id: num_upvalues
        -orig-id: sizeupvalues
        type: *int
        valid:
          min: 0
      - id: upvalues
        type: upvalue
        repeat: expr
        repeat-expr: num_upvalues
      - id: num_protos
        -orig-id: sizep
        type: *int
        valid:
          expr: '_ == 0 or (_ > 0 and depth < 200)'
        doc: |
          Number of functions defined inside this one. Lua's own parser does
          not nest functions more than 200 deep (LUAI_MAXCCALLS in `llimits.h`),
          and so neither does this specification.
      - id: protos
        -orig-id: p
        type: proto(depth + 1)
        repeat: expr
        repeat-expr: num_protos
        doc: The functions defined inside this one, in the order of the source.
      - id: num_line_info
        -orig-id: sizelineinfo
        type: *int
        valid:
          min: 0
        doc: Either 0 or the number of instructions.
      - id: line_info
        -orig-id: lineinfo
        size: num_line_info * _root.header.len_int
        type: line_info
      - id: num_local_vars
        -orig-id: sizelocvars
        type: *int
        valid:
          min: 0
      - id: local_vars
        -orig-id: locvars
        type: local_var
        repeat: expr
        repeat-expr: num_local_vars
      - id: num_upvalue_names
        type: *int
        valid:
          max: num_upvalues
        doc: |
          Either 0 or the number of upvalues. Lua takes a negative number for 0, since
          it makes no array of that size, as it does for all other counts. Of more
          names than upvalues it writes beyond the array, so they are refused here.
      - id: upvalue_names
        type: lua_string
        repeat: expr
        repeat-expr: num_upvalue_names
        doc: Names of the upvalues, in their order.
    types:
      lua_string:
        -orig-id: TString
        doc: |
          A string of any bytes. Its stored length counts the NUL that ends it in
          memory, but the NUL is not stored. So length 1 is the empty string, and
          0 means that there is no string (NULL).
        doc-ref: https://www.lua.org/source/5.3/ldump.c.html#DumpString
        seq:
          - id: len_short
            type: u1
            doc: The length plus 1, or 255 where the length follows as `size_t`.
          - id: len_long
            type: &size_t
              switch-on: _root.header.len_size_t
              cases:
                4: u4
                8: u8
            if: len_short == 0xff
            doc: The length plus 1.
          - id: value
            size: '(len_short == 0xff ? len_long : len_short) - 1'
            if: len_short != 0 and (len_short != 0xff or len_long != 0)
            doc: Absent where the length is 0.
      code:
        doc: The instructions of a function, decoded only where they are asked for.
        doc-ref: https://www.lua.org/source/5.3/ldump.c.html#DumpCode
        instances:
          instructions:
            pos: 0
            type: instruction
            repeat: eos
      instruction:
        -orig-id: Instruction
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
            type: u4
        instances:
          opcode:
            -orig-id: GET_OPCODE
            value: word & 0x3f
            enum: opcode
          a:
            -orig-id: GETARG_A
            value: (word >> 6) & 0xff
            doc: Mostly the register that the instruction sets.
          b:
            -orig-id: GETARG_B
            value: (word >> 23) & 0x1ff
            doc: For operands of the kind RK, 256 and above is constant `b - 256`.
          c:
            -orig-id: GETARG_C
            value: (word >> 14) & 0x1ff
            doc: For operands of the kind RK, 256 and above is constant `c - 256`.
          bx:
            -orig-id: GETARG_Bx
            value: (word >> 14) & 0x3ffff
            doc: Mostly the index of a constant or of a function defined inside this one.
          sbx:
            -orig-id: GETARG_sBx
            value: bx - 131071
            doc: |
              Bx in excess MAXARG_sBx: how far a jump goes from the next instruction.
          ax:
            -orig-id: GETARG_Ax
            value: (word >> 6) & 0x3ffffff
            doc: The larger operand of the instruction before.
      constant:
        -orig-id: TValue
        doc: |
          A value of the constant table, of which a chunk has many. Reading them
          is most of what a parser in Python does, so `type` is compared as a
          number, and a string is not an object of its own: it has the fields of
          `lua_string`.
        doc-ref: https://www.lua.org/source/5.3/ldump.c.html#DumpConstants
        seq:
          - id: type
            type: u1
            valid:
              any-of: # the most frequent first
                - _root.short_string_type
                - _root.integer_type
                - _root.number_type
                - _root.boolean_type
                - _root.nil_type
                - _root.long_string_type
            doc: One of the types that the parameters say; `kind` is its name.
          - id: len_short
            type: u1
            if: type == _root.short_string_type or type == _root.long_string_type
            valid:
              min: 1
            doc: The string's length plus 1, or 255 where the length follows as `size_t`.
          - id: len_long
            type: *size_t
            if: (type == _root.short_string_type or type == _root.long_string_type) and len_short == 0xff
            valid:
              min: 1
            doc: The string's length plus 1.
          - id: string
            size: '(len_short == 0xff ? len_long : len_short) - 1'
            if: type == _root.short_string_type or type == _root.long_string_type
            doc: A string of any bytes, never absent.
          - id: integer
            type:
              switch-on: _root.header.len_integer
              cases:
                4: s4
                8: s8
            if: type == _root.integer_type
            doc: A `lua_Integer`, in two's complement.
          - id: number
            type:
              switch-on: _root.header.len_number
              cases:
                4: f4
                8: f8
            if: type == _root.number_type
            doc: A `lua_Number`, in IEEE 754.
          - id: boolean
            type: u1
            if: type == _root.boolean_type
            doc: 0 is false, all else is true.
        instances:
          kind:
            -orig-id: ttype
            value: >-
              type == _root.short_string_type ? constant_type::short_string :
              type == _root.integer_type ? constant_type::integer :
              type == _root.number_type ? constant_type::number :
              type == _root.boolean_type ? constant_type::boolean :
              type == _root.nil_type ? constant_type::nil :
              constant_type::long_string
      upvalue:
        -orig-id: Upvaldesc
        doc: Where a closure finds one of its upvalues when it is made.
        doc-ref: https://www.lua.org/source/5.3/ldump.c.html#DumpUpvalues
        seq:
          - id: in_stack
            -orig-id: instack
            type: u1
            doc: |
              1 where the upvalue is a local variable of the function around this
              one, 0 where it is an upvalue of that function.
          - id: index
            -orig-id: idx
            type: u1
            doc: Register, or index among the upvalues, of the function around.
      line_info:
        doc: |
          The source line of each instruction, decoded only where they are asked
          for.
        doc-ref: https://www.lua.org/source/5.3/ldump.c.html#DumpDebug
        instances:
          lines:
            pos: 0
            type: *int
            repeat: eos
      local_var:
        -orig-id: LocVar
        doc: A local variable, for debuggers.
        doc-ref: https://www.lua.org/source/5.3/ldump.c.html#DumpDebug
        seq:
          - id: name
            -orig-id: varname
            type: lua_string
          - id: start_pc
            -orig-id: startpc
            type: *int
            doc: The first instruction where the variable is alive, counted from 0.
          - id: end_pc
            -orig-id: endpc
            type: *int
            doc: The first instruction where it is dead.
enums:
  constant_type:
    0:
      id: nil
      -orig-id: LUA_TNIL
    1:
      id: boolean
      -orig-id: LUA_TBOOLEAN
    3:
      id: number
      -orig-id: LUA_TNUMFLT
    4:
      id: short_string
      -orig-id: LUA_TSHRSTR
      doc: A string of at most 40 bytes (LUAI_MAXSHORTLEN).
    19:
      id: integer
      -orig-id: LUA_TNUMINT
    20:
      id: long_string
      -orig-id: LUA_TLNGSTR
      doc: A longer string. Both load alike.
  opcode: # OP_MOVE to OP_EXTRAARG in lopcodes.h
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
