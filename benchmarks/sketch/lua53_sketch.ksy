meta:
  id: lua53_sketch
  title: Lua 5.3 precompiled chunk, a first sketch
  license: MIT
  ks-version: '0.11'
doc: |
  The format as one first writes it down: a type for every thing, an array for
  every count, and each number's width looked up where it is read. It accepts
  what `ksy/lua53_chunk.ksy` accepts of good chunks and checks little else. That
  spec is measured, and held equal, against this one.
doc-ref: https://www.lua.org/source/5.3/ldump.c.html
seq:
  - id: header
    type: header
  - id: num_upvalues
    type: u1
  - id: main
    type: proto
types:
  header:
    seq:
      - id: magic
        contents: [0x1b, "Lua", 0x53, 0]
      - id: data
        contents: [0x19, 0x93, 0x0d, 0x0a, 0x1a, 0x0a]
      - id: len_int
        type: u1
      - id: len_size_t
        type: u1
      - id: len_instruction
        type: u1
      - id: len_integer
        type: u1
      - id: len_number
        type: u1
      - id: check_integer
        size: len_integer
      - id: check_number
        size: len_number
    instances:
      is_big_endian:
        value: check_integer[0] == 0
      int_layout:
        value: 'len_int + (is_big_endian ? 16 : 0)'
        enum: layout
      size_t_layout:
        value: 'len_size_t + (is_big_endian ? 16 : 0)'
        enum: layout
      integer_layout:
        value: 'len_integer + (is_big_endian ? 16 : 0)'
        enum: layout
      number_layout:
        value: 'len_number + (is_big_endian ? 16 : 0)'
        enum: layout
  proto:
    seq:
      - id: source
        type: lua_string
      - id: line_defined
        type: &int
          switch-on: _root.header.int_layout
          cases:
            'layout::le4': s4le
            'layout::le8': s8le
            'layout::be4': s4be
            'layout::be8': s8be
      - id: last_line_defined
        type: *int
      - id: num_params
        type: u1
      - id: is_vararg
        type: u1
      - id: max_stack_size
        type: u1
      - id: num_instructions
        type: *int
      - id: code
        type:
          switch-on: _root.header.is_big_endian
          cases:
            'true': u4be
            'false': u4le
        repeat: expr
        repeat-expr: num_instructions
      - id: num_constants
        type: *int
      - id: constants
        type: constant
        repeat: expr
        repeat-expr: num_constants
      - id: num_upvalues
        type: *int
      - id: upvalues
        type: upvalue
        repeat: expr
        repeat-expr: num_upvalues
      - id: num_protos
        type: *int
      - id: protos
        type: proto
        repeat: expr
        repeat-expr: num_protos
      - id: num_line_info
        type: *int
      - id: line_info
        type: *int
        repeat: expr
        repeat-expr: num_line_info
      - id: num_local_vars
        type: *int
      - id: local_vars
        type: local_var
        repeat: expr
        repeat-expr: num_local_vars
      - id: num_upvalue_names
        type: *int
      - id: upvalue_names
        type: lua_string
        repeat: expr
        repeat-expr: num_upvalue_names
  constant:
    seq:
      - id: type
        type: u1
        enum: constant_type
        valid:
          in-enum: true
      - id: boolean
        type: u1
        if: type == constant_type::boolean
      - id: number
        type: number
        if: type == constant_type::number
      - id: integer
        type:
          switch-on: _root.header.integer_layout
          cases:
            'layout::le4': s4le
            'layout::le8': s8le
            'layout::be4': s4be
            'layout::be8': s8be
        if: type == constant_type::integer
      - id: string
        type: lua_string
        if: type == constant_type::short_string or type == constant_type::long_string
  number:
    seq:
      - id: value
        type:
          switch-on: _root.header.number_layout
          cases:
            'layout::le4': f4le
            'layout::le8': f8le
            'layout::be4': f4be
            'layout::be8': f8be
  upvalue:
    seq:
      - id: in_stack
        type: u1
      - id: index
        type: u1
  local_var:
    seq:
      - id: name
        type: lua_string
      - id: start_pc
        type: *int
      - id: end_pc
        type: *int
  lua_string:
    seq:
      - id: len_short
        type: u1
      - id: len_long
        type:
          switch-on: _root.header.size_t_layout
          cases:
            'layout::le4': u4le
            'layout::le8': u8le
            'layout::be4': u4be
            'layout::be8': u8be
        if: len_short == 0xff
      - id: value
        size: len_stored - 1
        if: not is_absent
    instances:
      len_stored:
        value: 'len_short == 0xff ? len_long : len_short'
      is_absent:
        value: len_stored == 0
enums:
  layout:
    4: le4
    8: le8
    20: be4
    24: be8
  constant_type:
    0: nil
    1: boolean
    3: number
    4: short_string
    19: integer
    20: long_string
