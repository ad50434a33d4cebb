# This is a generated file! Please edit source .ksy file and use kaitai-struct-compiler to rebuild
# type: ignore

import kaitaistruct
from kaitaistruct import KaitaiStruct, KaitaiStream, BytesIO
from enum import IntEnum


if getattr(kaitaistruct, 'API_VERSION', (0, 9)) < (0, 11):
    raise Exception("Incompatible Kaitai Struct Python API: 0.11 or later is required, but you have %s" % (kaitaistruct.__version__))

class Lua53Chunk(KaitaiStruct):
    """A precompiled chunk is what `luac` writes, what `string.dump` returns and
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
    
    .. seealso::
       Source - https://www.lua.org/source/5.3/ldump.c.html
    
    
    .. seealso::
       Source - https://www.lua.org/source/5.3/lundump.c.html
    """

    class ConstantType(IntEnum):
        nil = 0
        boolean = 1
        number = 3
        short_string = 4
        integer = 19
        long_string = 20

    class Opcode(IntEnum):
        op_move = 0
        op_loadk = 1
        op_loadkx = 2
        op_loadbool = 3
        op_loadnil = 4
        op_getupval = 5
        op_gettabup = 6
        op_gettable = 7
        op_settabup = 8
        op_setupval = 9
        op_settable = 10
        op_newtable = 11
        op_self = 12
        op_add = 13
        op_sub = 14
        op_mul = 15
        op_mod = 16
        op_pow = 17
        op_div = 18
        op_idiv = 19
        op_band = 20
        op_bor = 21
        op_bxor = 22
        op_shl = 23
        op_shr = 24
        op_unm = 25
        op_bnot = 26
        op_not = 27
        op_len = 28
        op_concat = 29
        op_jmp = 30
        op_eq = 31
        op_lt = 32
        op_le = 33
        op_test = 34
        op_testset = 35
        op_call = 36
        op_tailcall = 37
        op_return = 38
        op_forloop = 39
        op_forprep = 40
        op_tforcall = 41
        op_tforloop = 42
        op_setlist = 43
        op_closure = 44
        op_vararg = 45
        op_extraarg = 46
    def __init__(self, nil_type, boolean_type, number_type, short_string_type, integer_type, long_string_type, _io, _parent=None, _root=None):
        super(Lua53Chunk, self).__init__(_io)
        self._parent = _parent
        self._root = _root or self
        self.nil_type = nil_type
        self.boolean_type = boolean_type
        self.number_type = number_type
        self.short_string_type = short_string_type
        self.integer_type = integer_type
        self.long_string_type = long_string_type
        self._read()

    def _read(self):
        self.header = Lua53Chunk.Header(self._io, self, self._root)
        self.num_upvalues = self._io.read_u1()
        self.main = Lua53Chunk.Proto(0, self._io, self, self._root)


    def _fetch_instances(self):
        pass
        self.header._fetch_instances()
        self.main._fetch_instances()

    class Check(KaitaiStruct):
        """Two known numbers. They are read as bytes, since the byte order of the
        chunk is found from them.
        
        .. seealso::
           Source - https://www.lua.org/source/5.3/lundump.h.html#LUAC_INT
        """
        def __init__(self, _io, _parent=None, _root=None):
            super(Lua53Chunk.Check, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.integer = self._io.read_bytes(self._parent.len_integer)
            if not  ((self.integer == b"\x78\x56\x00\x00") or (self.integer == b"\x00\x00\x56\x78") or (self.integer == b"\x78\x56\x00\x00\x00\x00\x00\x00") or (self.integer == b"\x00\x00\x00\x00\x00\x00\x56\x78")) :
                raise kaitaistruct.ValidationNotAnyOfError(self.integer, self._io, u"/types/check/seq/0")
            self.number = self._io.read_bytes(self._parent.len_number)
            if not  ((self.number == (b"\x43\xB9\x40\x00" if self.is_big_endian else b"\x00\x40\xB9\x43")) or (self.number == (b"\x40\x77\x28\x00\x00\x00\x00\x00" if self.is_big_endian else b"\x00\x00\x00\x00\x00\x28\x77\x40"))) :
                raise kaitaistruct.ValidationNotAnyOfError(self.number, self._io, u"/types/check/seq/1")


        def _fetch_instances(self):
            pass

        @property
        def is_big_endian(self):
            if hasattr(self, '_m_is_big_endian'):
                return self._m_is_big_endian

            self._m_is_big_endian = KaitaiStream.byte_array_index(self.integer, 0) == 0
            return getattr(self, '_m_is_big_endian', None)


    class Header(KaitaiStruct):
        """Identifies a Lua 5.3 chunk and says how its numbers are stored.
        Lua itself only loads chunks whose header is that of its own build.
        
        .. seealso::
           Source - https://www.lua.org/source/5.3/ldump.c.html#DumpHeader
        """
        def __init__(self, _io, _parent=None, _root=None):
            super(Lua53Chunk.Header, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.magic = self._io.read_bytes(4)
            if not self.magic == b"\x1B\x4C\x75\x61":
                raise kaitaistruct.ValidationNotEqualError(b"\x1B\x4C\x75\x61", self.magic, self._io, u"/types/header/seq/0")
            self.version = self._io.read_u1()
            if not self.version == 83:
                raise kaitaistruct.ValidationNotEqualError(83, self.version, self._io, u"/types/header/seq/1")
            self.format = self._io.read_u1()
            if not self.format == 0:
                raise kaitaistruct.ValidationNotEqualError(0, self.format, self._io, u"/types/header/seq/2")
            self.data = self._io.read_bytes(6)
            if not self.data == b"\x19\x93\x0D\x0A\x1A\x0A":
                raise kaitaistruct.ValidationNotEqualError(b"\x19\x93\x0D\x0A\x1A\x0A", self.data, self._io, u"/types/header/seq/3")
            self.len_int = self._io.read_u1()
            if not  ((self.len_int == 4) or (self.len_int == 8)) :
                raise kaitaistruct.ValidationNotAnyOfError(self.len_int, self._io, u"/types/header/seq/4")
            self.len_size_t = self._io.read_u1()
            if not  ((self.len_size_t == 4) or (self.len_size_t == 8)) :
                raise kaitaistruct.ValidationNotAnyOfError(self.len_size_t, self._io, u"/types/header/seq/5")
            self.len_instruction = self._io.read_u1()
            if not self.len_instruction == 4:
                raise kaitaistruct.ValidationNotEqualError(4, self.len_instruction, self._io, u"/types/header/seq/6")
            self.len_integer = self._io.read_u1()
            if not  ((self.len_integer == 4) or (self.len_integer == 8)) :
                raise kaitaistruct.ValidationNotAnyOfError(self.len_integer, self._io, u"/types/header/seq/7")
            self.len_number = self._io.read_u1()
            if not  ((self.len_number == 4) or (self.len_number == 8)) :
                raise kaitaistruct.ValidationNotAnyOfError(self.len_number, self._io, u"/types/header/seq/8")
            self.check = Lua53Chunk.Check(self._io, self, self._root)


        def _fetch_instances(self):
            pass
            self.check._fetch_instances()

        @property
        def is_big_endian(self):
            if hasattr(self, '_m_is_big_endian'):
                return self._m_is_big_endian

            self._m_is_big_endian = self.check.is_big_endian
            return getattr(self, '_m_is_big_endian', None)


    class Proto(KaitaiStruct):
        """A function prototype: code, constants, the functions defined inside it,
        and debug information, which `luac -s` leaves out.
        
        .. seealso::
           Source - https://www.lua.org/source/5.3/ldump.c.html#DumpFunction
        """
        def __init__(self, depth, _io, _parent=None, _root=None):
            super(Lua53Chunk.Proto, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self.depth = depth
            self._read()

        def _read(self):
            _on = self._root.header.is_big_endian
            if _on == True:
                pass
                self._is_le = False
            elif _on == False:
                pass
                self._is_le = True
            if not hasattr(self, '_is_le'):
                raise kaitaistruct.UndecidedEndiannessError("/types/proto")
            elif self._is_le == True:
                self._read_le()
            elif self._is_le == False:
                self._read_be()

        def _read_le(self):
            self.source = Lua53Chunk.Proto.LuaString(self._io, self, self._root, self._is_le)
            _on = self._root.header.len_int
            if _on == 4:
                pass
                self.line_defined = self._io.read_s4le()
            elif _on == 8:
                pass
                self.line_defined = self._io.read_s8le()
            _on = self._root.header.len_int
            if _on == 4:
                pass
                self.last_line_defined = self._io.read_s4le()
            elif _on == 8:
                pass
                self.last_line_defined = self._io.read_s8le()
            self.num_params = self._io.read_u1()
            self.is_vararg = self._io.read_u1()
            self.max_stack_size = self._io.read_u1()
            _on = self._root.header.len_int
            if _on == 4:
                pass
                self.num_instructions = self._io.read_s4le()
            elif _on == 8:
                pass
                self.num_instructions = self._io.read_s8le()
            if not self.num_instructions >= 0:
                raise kaitaistruct.ValidationLessThanError(0, self.num_instructions, self._io, u"/types/proto/seq/6")
            self._raw_code = self._io.read_bytes(self.num_instructions * 4)
            _io__raw_code = KaitaiStream(BytesIO(self._raw_code))
            self.code = Lua53Chunk.Proto.Code(_io__raw_code, self, self._root, self._is_le)
            _on = self._root.header.len_int
            if _on == 4:
                pass
                self.num_constants = self._io.read_s4le()
            elif _on == 8:
                pass
                self.num_constants = self._io.read_s8le()
            if not self.num_constants >= 0:
                raise kaitaistruct.ValidationLessThanError(0, self.num_constants, self._io, u"/types/proto/seq/8")
            self.constants = []
            for i in range(self.num_constants):
                self.constants.append(Lua53Chunk.Proto.Constant(self._io, self, self._root, self._is_le))

            _on = self._root.header.len_int
            if _on == 4:
                pass
                self.num_upvalues = self._io.read_s4le()
            elif _on == 8:
                pass
                self.num_upvalues = self._io.read_s8le()
            if not self.num_upvalues >= 0:
                raise kaitaistruct.ValidationLessThanError(0, self.num_upvalues, self._io, u"/types/proto/seq/10")
            self.upvalues = []
            for i in range(self.num_upvalues):
                self.upvalues.append(Lua53Chunk.Proto.Upvalue(self._io, self, self._root, self._is_le))

            _on = self._root.header.len_int
            if _on == 4:
                pass
                self.num_protos = self._io.read_s4le()
            elif _on == 8:
                pass
                self.num_protos = self._io.read_s8le()
            _ = self.num_protos
            if not  ((_ == 0) or ( ((_ > 0) and (self.depth < 200)) )) :
                raise kaitaistruct.ValidationExprError(self.num_protos, self._io, u"/types/proto/seq/12")
            self.protos = []
            for i in range(self.num_protos):
                self.protos.append(Lua53Chunk.Proto(self.depth + 1, self._io, self, self._root))

            _on = self._root.header.len_int
            if _on == 4:
                pass
                self.num_line_info = self._io.read_s4le()
            elif _on == 8:
                pass
                self.num_line_info = self._io.read_s8le()
            if not self.num_line_info >= 0:
                raise kaitaistruct.ValidationLessThanError(0, self.num_line_info, self._io, u"/types/proto/seq/14")
            self._raw_line_info = self._io.read_bytes(self.num_line_info * self._root.header.len_int)
            _io__raw_line_info = KaitaiStream(BytesIO(self._raw_line_info))
            self.line_info = Lua53Chunk.Proto.LineInfo(_io__raw_line_info, self, self._root, self._is_le)
            _on = self._root.header.len_int
            if _on == 4:
                pass
                self.num_local_vars = self._io.read_s4le()
            elif _on == 8:
                pass
                self.num_local_vars = self._io.read_s8le()
            if not self.num_local_vars >= 0:
                raise kaitaistruct.ValidationLessThanError(0, self.num_local_vars, self._io, u"/types/proto/seq/16")
            self.local_vars = []
            for i in range(self.num_local_vars):
                self.local_vars.append(Lua53Chunk.Proto.LocalVar(self._io, self, self._root, self._is_le))

            _on = self._root.header.len_int
            if _on == 4:
                pass
                self.num_upvalue_names = self._io.read_s4le()
            elif _on == 8:
                pass
                self.num_upvalue_names = self._io.read_s8le()
            if not self.num_upvalue_names <= self.num_upvalues:
                raise kaitaistruct.ValidationGreaterThanError(self.num_upvalues, self.num_upvalue_names, self._io, u"/types/proto/seq/18")
            self.upvalue_names = []
            for i in range(self.num_upvalue_names):
                self.upvalue_names.append(Lua53Chunk.Proto.LuaString(self._io, self, self._root, self._is_le))


        def _read_be(self):
            self.source = Lua53Chunk.Proto.LuaString(self._io, self, self._root, self._is_le)
            _on = self._root.header.len_int
            if _on == 4:
                pass
                self.line_defined = self._io.read_s4be()
            elif _on == 8:
                pass
                self.line_defined = self._io.read_s8be()
            _on = self._root.header.len_int
            if _on == 4:
                pass
                self.last_line_defined = self._io.read_s4be()
            elif _on == 8:
                pass
                self.last_line_defined = self._io.read_s8be()
            self.num_params = self._io.read_u1()
            self.is_vararg = self._io.read_u1()
            self.max_stack_size = self._io.read_u1()
            _on = self._root.header.len_int
            if _on == 4:
                pass
                self.num_instructions = self._io.read_s4be()
            elif _on == 8:
                pass
                self.num_instructions = self._io.read_s8be()
            if not self.num_instructions >= 0:
                raise kaitaistruct.ValidationLessThanError(0, self.num_instructions, self._io, u"/types/proto/seq/6")
            self._raw_code = self._io.read_bytes(self.num_instructions * 4)
            _io__raw_code = KaitaiStream(BytesIO(self._raw_code))
            self.code = Lua53Chunk.Proto.Code(_io__raw_code, self, self._root, self._is_le)
            _on = self._root.header.len_int
            if _on == 4:
                pass
                self.num_constants = self._io.read_s4be()
            elif _on == 8:
                pass
                self.num_constants = self._io.read_s8be()
            if not self.num_constants >= 0:
                raise kaitaistruct.ValidationLessThanError(0, self.num_constants, self._io, u"/types/proto/seq/8")
            self.constants = []
            for i in range(self.num_constants):
                self.constants.append(Lua53Chunk.Proto.Constant(self._io, self, self._root, self._is_le))

            _on = self._root.header.len_int
            if _on == 4:
                pass
                self.num_upvalues = self._io.read_s4be()
            elif _on == 8:
                pass
                self.num_upvalues = self._io.read_s8be()
            if not self.num_upvalues >= 0:
                raise kaitaistruct.ValidationLessThanError(0, self.num_upvalues, self._io, u"/types/proto/seq/10")
            self.upvalues = []
            for i in range(self.num_upvalues):
                self.upvalues.append(Lua53Chunk.Proto.Upvalue(self._io, self, self._root, self._is_le))

            _on = self._root.header.len_int
            if _on == 4:
                pass
                self.num_protos = self._io.read_s4be()
            elif _on == 8:
                pass
                self.num_protos = self._io.read_s8be()
            _ = self.num_protos
            if not  ((_ == 0) or ( ((_ > 0) and (self.depth < 200)) )) :
                raise kaitaistruct.ValidationExprError(self.num_protos, self._io, u"/types/proto/seq/12")
            self.protos = []
            for i in range(self.num_protos):
                self.protos.append(Lua53Chunk.Proto(self.depth + 1, self._io, self, self._root))

            _on = self._root.header.len_int
            if _on == 4:
                pass
                self.num_line_info = self._io.read_s4be()
            elif _on == 8:
                pass
                self.num_line_info = self._io.read_s8be()
            if not self.num_line_info >= 0:
                raise kaitaistruct.ValidationLessThanError(0, self.num_line_info, self._io, u"/types/proto/seq/14")
            self._raw_line_info = self._io.read_bytes(self.num_line_info * self._root.header.len_int)
            _io__raw_line_info = KaitaiStream(BytesIO(self._raw_line_info))
            self.line_info = Lua53Chunk.Proto.LineInfo(_io__raw_line_info, self, self._root, self._is_le)
            _on = self._root.header.len_int
            if _on == 4:
                pass
                self.num_local_vars = self._io.read_s4be()
            elif _on == 8:
                pass
                self.num_local_vars = self._io.read_s8be()
            if not self.num_local_vars >= 0:
                raise kaitaistruct.ValidationLessThanError(0, self.num_local_vars, self._io, u"/types/proto/seq/16")
            self.local_vars = []
            for i in range(self.num_local_vars):
                self.local_vars.append(Lua53Chunk.Proto.LocalVar(self._io, self, self._root, self._is_le))

            _on = self._root.header.len_int
            if _on == 4:
                pass
                self.num_upvalue_names = self._io.read_s4be()
            elif _on == 8:
                pass
                self.num_upvalue_names = self._io.read_s8be()
            if not self.num_upvalue_names <= self.num_upvalues:
                raise kaitaistruct.ValidationGreaterThanError(self.num_upvalues, self.num_upvalue_names, self._io, u"/types/proto/seq/18")
            self.upvalue_names = []
            for i in range(self.num_upvalue_names):
                self.upvalue_names.append(Lua53Chunk.Proto.LuaString(self._io, self, self._root, self._is_le))



        def _fetch_instances(self):
            pass
            self.source._fetch_instances()
            _on = self._root.header.len_int
            if _on == 4:
                pass
            elif _on == 8:
                pass
            _on = self._root.header.len_int
            if _on == 4:
                pass
            elif _on == 8:
                pass
            _on = self._root.header.len_int
            if _on == 4:
                pass
            elif _on == 8:
                pass
            self.code._fetch_instances()
            _on = self._root.header.len_int
            if _on == 4:
                pass
            elif _on == 8:
                pass
            for i in range(len(self.constants)):
                pass
                self.constants[i]._fetch_instances()

            _on = self._root.header.len_int
            if _on == 4:
                pass
            elif _on == 8:
                pass
            for i in range(len(self.upvalues)):
                pass
                self.upvalues[i]._fetch_instances()

            _on = self._root.header.len_int
            if _on == 4:
                pass
            elif _on == 8:
                pass
            for i in range(len(self.protos)):
                pass
                self.protos[i]._fetch_instances()

            _on = self._root.header.len_int
            if _on == 4:
                pass
            elif _on == 8:
                pass
            self.line_info._fetch_instances()
            _on = self._root.header.len_int
            if _on == 4:
                pass
            elif _on == 8:
                pass
            for i in range(len(self.local_vars)):
                pass
                self.local_vars[i]._fetch_instances()

            _on = self._root.header.len_int
            if _on == 4:
                pass
            elif _on == 8:
                pass
            for i in range(len(self.upvalue_names)):
                pass
                self.upvalue_names[i]._fetch_instances()


        class Code(KaitaiStruct):
            """The instructions of a function, decoded only where they are asked for.
            
            .. seealso::
               Source - https://www.lua.org/source/5.3/ldump.c.html#DumpCode
            """
            def __init__(self, _io, _parent=None, _root=None, _is_le=None):
                super(Lua53Chunk.Proto.Code, self).__init__(_io)
                self._parent = _parent
                self._root = _root
                self._is_le = _is_le
                self._read()

            def _read(self):
                if not hasattr(self, '_is_le'):
                    raise kaitaistruct.UndecidedEndiannessError("/types/proto/types/code")
                elif self._is_le == True:
                    self._read_le()
                elif self._is_le == False:
                    self._read_be()

            def _read_le(self):
                pass

            def _read_be(self):
                pass


            def _fetch_instances(self):
                pass
                _ = self.instructions
                if hasattr(self, '_m_instructions'):
                    pass
                    for i in range(len(self._m_instructions)):
                        pass
                        self._m_instructions[i]._fetch_instances()



            @property
            def instructions(self):
                if hasattr(self, '_m_instructions'):
                    return self._m_instructions

                _pos = self._io.pos()
                self._io.seek(0)
                if self._is_le:
                    self._m_instructions = []
                    i = 0
                    while not self._io.is_eof():
                        self._m_instructions.append(Lua53Chunk.Proto.Instruction(self._io, self, self._root, self._is_le))
                        i += 1

                else:
                    self._m_instructions = []
                    i = 0
                    while not self._io.is_eof():
                        self._m_instructions.append(Lua53Chunk.Proto.Instruction(self._io, self, self._root, self._is_le))
                        i += 1

                self._io.seek(_pos)
                return getattr(self, '_m_instructions', None)


        class Constant(KaitaiStruct):
            """A value of the constant table, of which a chunk has many. Reading them
            is most of what a parser in Python does, so `type` is compared as a
            number, and a string is not an object of its own: it has the fields of
            `lua_string`.
            
            .. seealso::
               Source - https://www.lua.org/source/5.3/ldump.c.html#DumpConstants
            """
            def __init__(self, _io, _parent=None, _root=None, _is_le=None):
                super(Lua53Chunk.Proto.Constant, self).__init__(_io)
                self._parent = _parent
                self._root = _root
                self._is_le = _is_le
                self._read()

            def _read(self):
                if not hasattr(self, '_is_le'):
                    raise kaitaistruct.UndecidedEndiannessError("/types/proto/types/constant")
                elif self._is_le == True:
                    self._read_le()
                elif self._is_le == False:
                    self._read_be()

            def _read_le(self):
                self.type = self._io.read_u1()
                if not  ((self.type == self._root.short_string_type) or (self.type == self._root.integer_type) or (self.type == self._root.number_type) or (self.type == self._root.boolean_type) or (self.type == self._root.nil_type) or (self.type == self._root.long_string_type)) :
                    raise kaitaistruct.ValidationNotAnyOfError(self.type, self._io, u"/types/proto/types/constant/seq/0")
                if  ((self.type == self._root.short_string_type) or (self.type == self._root.long_string_type)) :
                    pass
                    self.len_short = self._io.read_u1()
                    if not self.len_short >= 1:
                        raise kaitaistruct.ValidationLessThanError(1, self.len_short, self._io, u"/types/proto/types/constant/seq/1")

                if  (( ((self.type == self._root.short_string_type) or (self.type == self._root.long_string_type)) ) and (self.len_short == 255)) :
                    pass
                    _on = self._root.header.len_size_t
                    if _on == 4:
                        pass
                        self.len_long = self._io.read_u4le()
                    elif _on == 8:
                        pass
                        self.len_long = self._io.read_u8le()
                    if not self.len_long >= 1:
                        raise kaitaistruct.ValidationLessThanError(1, self.len_long, self._io, u"/types/proto/types/constant/seq/2")

                if  ((self.type == self._root.short_string_type) or (self.type == self._root.long_string_type)) :
                    pass
                    self.string = self._io.read_bytes((self.len_long if self.len_short == 255 else self.len_short) - 1)

                if self.type == self._root.integer_type:
                    pass
                    _on = self._root.header.len_integer
                    if _on == 4:
                        pass
                        self.integer = self._io.read_s4le()
                    elif _on == 8:
                        pass
                        self.integer = self._io.read_s8le()

                if self.type == self._root.number_type:
                    pass
                    _on = self._root.header.len_number
                    if _on == 4:
                        pass
                        self.number = self._io.read_f4le()
                    elif _on == 8:
                        pass
                        self.number = self._io.read_f8le()

                if self.type == self._root.boolean_type:
                    pass
                    self.boolean = self._io.read_u1()


            def _read_be(self):
                self.type = self._io.read_u1()
                if not  ((self.type == self._root.short_string_type) or (self.type == self._root.integer_type) or (self.type == self._root.number_type) or (self.type == self._root.boolean_type) or (self.type == self._root.nil_type) or (self.type == self._root.long_string_type)) :
                    raise kaitaistruct.ValidationNotAnyOfError(self.type, self._io, u"/types/proto/types/constant/seq/0")
                if  ((self.type == self._root.short_string_type) or (self.type == self._root.long_string_type)) :
                    pass
                    self.len_short = self._io.read_u1()
                    if not self.len_short >= 1:
                        raise kaitaistruct.ValidationLessThanError(1, self.len_short, self._io, u"/types/proto/types/constant/seq/1")

                if  (( ((self.type == self._root.short_string_type) or (self.type == self._root.long_string_type)) ) and (self.len_short == 255)) :
                    pass
                    _on = self._root.header.len_size_t
                    if _on == 4:
                        pass
                        self.len_long = self._io.read_u4be()
                    elif _on == 8:
                        pass
                        self.len_long = self._io.read_u8be()
                    if not self.len_long >= 1:
                        raise kaitaistruct.ValidationLessThanError(1, self.len_long, self._io, u"/types/proto/types/constant/seq/2")

                if  ((self.type == self._root.short_string_type) or (self.type == self._root.long_string_type)) :
                    pass
                    self.string = self._io.read_bytes((self.len_long if self.len_short == 255 else self.len_short) - 1)

                if self.type == self._root.integer_type:
                    pass
                    _on = self._root.header.len_integer
                    if _on == 4:
                        pass
                        self.integer = self._io.read_s4be()
                    elif _on == 8:
                        pass
                        self.integer = self._io.read_s8be()

                if self.type == self._root.number_type:
                    pass
                    _on = self._root.header.len_number
                    if _on == 4:
                        pass
                        self.number = self._io.read_f4be()
                    elif _on == 8:
                        pass
                        self.number = self._io.read_f8be()

                if self.type == self._root.boolean_type:
                    pass
                    self.boolean = self._io.read_u1()



            def _fetch_instances(self):
                pass
                if  ((self.type == self._root.short_string_type) or (self.type == self._root.long_string_type)) :
                    pass

                if  (( ((self.type == self._root.short_string_type) or (self.type == self._root.long_string_type)) ) and (self.len_short == 255)) :
                    pass
                    _on = self._root.header.len_size_t
                    if _on == 4:
                        pass
                    elif _on == 8:
                        pass

                if  ((self.type == self._root.short_string_type) or (self.type == self._root.long_string_type)) :
                    pass

                if self.type == self._root.integer_type:
                    pass
                    _on = self._root.header.len_integer
                    if _on == 4:
                        pass
                    elif _on == 8:
                        pass

                if self.type == self._root.number_type:
                    pass
                    _on = self._root.header.len_number
                    if _on == 4:
                        pass
                    elif _on == 8:
                        pass

                if self.type == self._root.boolean_type:
                    pass


            @property
            def kind(self):
                if hasattr(self, '_m_kind'):
                    return self._m_kind

                self._m_kind = (Lua53Chunk.ConstantType.short_string if self.type == self._root.short_string_type else (Lua53Chunk.ConstantType.integer if self.type == self._root.integer_type else (Lua53Chunk.ConstantType.number if self.type == self._root.number_type else (Lua53Chunk.ConstantType.boolean if self.type == self._root.boolean_type else (Lua53Chunk.ConstantType.nil if self.type == self._root.nil_type else Lua53Chunk.ConstantType.long_string)))))
                return getattr(self, '_m_kind', None)


        class Instruction(KaitaiStruct):
            """A 32-bit word, its opcode in the lowest 6 bits. Which of the operands it
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
            
            .. seealso::
               Source - https://www.lua.org/source/5.3/lopcodes.h.html
            """
            def __init__(self, _io, _parent=None, _root=None, _is_le=None):
                super(Lua53Chunk.Proto.Instruction, self).__init__(_io)
                self._parent = _parent
                self._root = _root
                self._is_le = _is_le
                self._read()

            def _read(self):
                if not hasattr(self, '_is_le'):
                    raise kaitaistruct.UndecidedEndiannessError("/types/proto/types/instruction")
                elif self._is_le == True:
                    self._read_le()
                elif self._is_le == False:
                    self._read_be()

            def _read_le(self):
                self.word = self._io.read_u4le()

            def _read_be(self):
                self.word = self._io.read_u4be()


            def _fetch_instances(self):
                pass

            @property
            def a(self):
                """Mostly the register that the instruction sets."""
                if hasattr(self, '_m_a'):
                    return self._m_a

                self._m_a = self.word >> 6 & 255
                return getattr(self, '_m_a', None)

            @property
            def ax(self):
                """The larger operand of the instruction before."""
                if hasattr(self, '_m_ax'):
                    return self._m_ax

                self._m_ax = self.word >> 6 & 67108863
                return getattr(self, '_m_ax', None)

            @property
            def b(self):
                """For operands of the kind RK, 256 and above is constant `b - 256`."""
                if hasattr(self, '_m_b'):
                    return self._m_b

                self._m_b = self.word >> 23 & 511
                return getattr(self, '_m_b', None)

            @property
            def bx(self):
                """Mostly the index of a constant or of a function defined inside this one."""
                if hasattr(self, '_m_bx'):
                    return self._m_bx

                self._m_bx = self.word >> 14 & 262143
                return getattr(self, '_m_bx', None)

            @property
            def c(self):
                """For operands of the kind RK, 256 and above is constant `c - 256`."""
                if hasattr(self, '_m_c'):
                    return self._m_c

                self._m_c = self.word >> 14 & 511
                return getattr(self, '_m_c', None)

            @property
            def opcode(self):
                if hasattr(self, '_m_opcode'):
                    return self._m_opcode

                self._m_opcode = KaitaiStream.resolve_enum(Lua53Chunk.Opcode, self.word & 63)
                return getattr(self, '_m_opcode', None)

            @property
            def sbx(self):
                """Bx in excess MAXARG_sBx: how far a jump goes from the next instruction.
                """
                if hasattr(self, '_m_sbx'):
                    return self._m_sbx

                self._m_sbx = self.bx - 131071
                return getattr(self, '_m_sbx', None)


        class LineInfo(KaitaiStruct):
            """The source line of each instruction, decoded only where they are asked
            for.
            
            .. seealso::
               Source - https://www.lua.org/source/5.3/ldump.c.html#DumpDebug
            """
            def __init__(self, _io, _parent=None, _root=None, _is_le=None):
                super(Lua53Chunk.Proto.LineInfo, self).__init__(_io)
                self._parent = _parent
                self._root = _root
                self._is_le = _is_le
                self._read()

            def _read(self):
                if not hasattr(self, '_is_le'):
                    raise kaitaistruct.UndecidedEndiannessError("/types/proto/types/line_info")
                elif self._is_le == True:
                    self._read_le()
                elif self._is_le == False:
                    self._read_be()

            def _read_le(self):
                pass

            def _read_be(self):
                pass


            def _fetch_instances(self):
                pass
                _ = self.lines
                if hasattr(self, '_m_lines'):
                    pass
                    for i in range(len(self._m_lines)):
                        pass
                        _on = self._root.header.len_int
                        if _on == 4:
                            pass
                        elif _on == 8:
                            pass



            @property
            def lines(self):
                if hasattr(self, '_m_lines'):
                    return self._m_lines

                _pos = self._io.pos()
                self._io.seek(0)
                if self._is_le:
                    self._m_lines = []
                    i = 0
                    while not self._io.is_eof():
                        _on = self._root.header.len_int
                        if _on == 4:
                            pass
                            self._m_lines.append(self._io.read_s4le())
                        elif _on == 8:
                            pass
                            self._m_lines.append(self._io.read_s8le())
                        i += 1

                else:
                    self._m_lines = []
                    i = 0
                    while not self._io.is_eof():
                        _on = self._root.header.len_int
                        if _on == 4:
                            pass
                            self._m_lines.append(self._io.read_s4be())
                        elif _on == 8:
                            pass
                            self._m_lines.append(self._io.read_s8be())
                        i += 1

                self._io.seek(_pos)
                return getattr(self, '_m_lines', None)


        class LocalVar(KaitaiStruct):
            """A local variable, for debuggers.
            
            .. seealso::
               Source - https://www.lua.org/source/5.3/ldump.c.html#DumpDebug
            """
            def __init__(self, _io, _parent=None, _root=None, _is_le=None):
                super(Lua53Chunk.Proto.LocalVar, self).__init__(_io)
                self._parent = _parent
                self._root = _root
                self._is_le = _is_le
                self._read()

            def _read(self):
                if not hasattr(self, '_is_le'):
                    raise kaitaistruct.UndecidedEndiannessError("/types/proto/types/local_var")
                elif self._is_le == True:
                    self._read_le()
                elif self._is_le == False:
                    self._read_be()

            def _read_le(self):
                self.name = Lua53Chunk.Proto.LuaString(self._io, self, self._root, self._is_le)
                _on = self._root.header.len_int
                if _on == 4:
                    pass
                    self.start_pc = self._io.read_s4le()
                elif _on == 8:
                    pass
                    self.start_pc = self._io.read_s8le()
                _on = self._root.header.len_int
                if _on == 4:
                    pass
                    self.end_pc = self._io.read_s4le()
                elif _on == 8:
                    pass
                    self.end_pc = self._io.read_s8le()

            def _read_be(self):
                self.name = Lua53Chunk.Proto.LuaString(self._io, self, self._root, self._is_le)
                _on = self._root.header.len_int
                if _on == 4:
                    pass
                    self.start_pc = self._io.read_s4be()
                elif _on == 8:
                    pass
                    self.start_pc = self._io.read_s8be()
                _on = self._root.header.len_int
                if _on == 4:
                    pass
                    self.end_pc = self._io.read_s4be()
                elif _on == 8:
                    pass
                    self.end_pc = self._io.read_s8be()


            def _fetch_instances(self):
                pass
                self.name._fetch_instances()
                _on = self._root.header.len_int
                if _on == 4:
                    pass
                elif _on == 8:
                    pass
                _on = self._root.header.len_int
                if _on == 4:
                    pass
                elif _on == 8:
                    pass


        class LuaString(KaitaiStruct):
            """A string of any bytes. Its stored length counts the NUL that ends it in
            memory, but the NUL is not stored. So length 1 is the empty string, and
            0 means that there is no string (NULL).
            
            .. seealso::
               Source - https://www.lua.org/source/5.3/ldump.c.html#DumpString
            """
            def __init__(self, _io, _parent=None, _root=None, _is_le=None):
                super(Lua53Chunk.Proto.LuaString, self).__init__(_io)
                self._parent = _parent
                self._root = _root
                self._is_le = _is_le
                self._read()

            def _read(self):
                if not hasattr(self, '_is_le'):
                    raise kaitaistruct.UndecidedEndiannessError("/types/proto/types/lua_string")
                elif self._is_le == True:
                    self._read_le()
                elif self._is_le == False:
                    self._read_be()

            def _read_le(self):
                self.len_short = self._io.read_u1()
                if self.len_short == 255:
                    pass
                    _on = self._root.header.len_size_t
                    if _on == 4:
                        pass
                        self.len_long = self._io.read_u4le()
                    elif _on == 8:
                        pass
                        self.len_long = self._io.read_u8le()

                if  ((self.len_short != 0) and ( ((self.len_short != 255) or (self.len_long != 0)) )) :
                    pass
                    self.value = self._io.read_bytes((self.len_long if self.len_short == 255 else self.len_short) - 1)


            def _read_be(self):
                self.len_short = self._io.read_u1()
                if self.len_short == 255:
                    pass
                    _on = self._root.header.len_size_t
                    if _on == 4:
                        pass
                        self.len_long = self._io.read_u4be()
                    elif _on == 8:
                        pass
                        self.len_long = self._io.read_u8be()

                if  ((self.len_short != 0) and ( ((self.len_short != 255) or (self.len_long != 0)) )) :
                    pass
                    self.value = self._io.read_bytes((self.len_long if self.len_short == 255 else self.len_short) - 1)



            def _fetch_instances(self):
                pass
                if self.len_short == 255:
                    pass
                    _on = self._root.header.len_size_t
                    if _on == 4:
                        pass
                    elif _on == 8:
                        pass

                if  ((self.len_short != 0) and ( ((self.len_short != 255) or (self.len_long != 0)) )) :
                    pass



        class Upvalue(KaitaiStruct):
            """Where a closure finds one of its upvalues when it is made.
            
            .. seealso::
               Source - https://www.lua.org/source/5.3/ldump.c.html#DumpUpvalues
            """
            def __init__(self, _io, _parent=None, _root=None, _is_le=None):
                super(Lua53Chunk.Proto.Upvalue, self).__init__(_io)
                self._parent = _parent
                self._root = _root
                self._is_le = _is_le
                self._read()

            def _read(self):
                if not hasattr(self, '_is_le'):
                    raise kaitaistruct.UndecidedEndiannessError("/types/proto/types/upvalue")
                elif self._is_le == True:
                    self._read_le()
                elif self._is_le == False:
                    self._read_be()

            def _read_le(self):
                self.in_stack = self._io.read_u1()
                self.index = self._io.read_u1()

            def _read_be(self):
                self.in_stack = self._io.read_u1()
                self.index = self._io.read_u1()


            def _fetch_instances(self):
                pass




