# This is a generated file! Please edit source .ksy file and use kaitai-struct-compiler to rebuild
# type: ignore

import kaitaistruct
from kaitaistruct import KaitaiStruct, KaitaiStream, BytesIO
from enum import IntEnum


if getattr(kaitaistruct, 'API_VERSION', (0, 9)) < (0, 11):
    raise Exception("Incompatible Kaitai Struct Python API: 0.11 or later is required, but you have %s" % (kaitaistruct.__version__))

class Lua53Sketch(KaitaiStruct):
    """The format as one first writes it down: a type for every thing, an array for
    every count, and each number's width looked up where it is read. It accepts
    what `ksy/lua53_chunk.ksy` accepts of good chunks and checks little else. That
    spec is measured, and held equal, against this one.
    
    .. seealso::
       Source - https://www.lua.org/source/5.3/ldump.c.html
    """

    class ConstantType(IntEnum):
        nil = 0
        boolean = 1
        number = 3
        short_string = 4
        integer = 19
        long_string = 20

    class Layout(IntEnum):
        le4 = 4
        le8 = 8
        be4 = 20
        be8 = 24
    def __init__(self, _io, _parent=None, _root=None):
        super(Lua53Sketch, self).__init__(_io)
        self._parent = _parent
        self._root = _root or self
        self._read()

    def _read(self):
        self.header = Lua53Sketch.Header(self._io, self, self._root)
        self.num_upvalues = self._io.read_u1()
        self.main = Lua53Sketch.Proto(self._io, self, self._root)


    def _fetch_instances(self):
        pass
        self.header._fetch_instances()
        self.main._fetch_instances()

    class Constant(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Lua53Sketch.Constant, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.type = KaitaiStream.resolve_enum(Lua53Sketch.ConstantType, self._io.read_u1())
            if not isinstance(self.type, Lua53Sketch.ConstantType):
                raise kaitaistruct.ValidationNotInEnumError(self.type, self._io, u"/types/constant/seq/0")
            if self.type == Lua53Sketch.ConstantType.boolean:
                pass
                self.boolean = self._io.read_u1()

            if self.type == Lua53Sketch.ConstantType.number:
                pass
                self.number = Lua53Sketch.Number(self._io, self, self._root)

            if self.type == Lua53Sketch.ConstantType.integer:
                pass
                _on = self._root.header.integer_layout
                if _on == Lua53Sketch.Layout.be4:
                    pass
                    self.integer = self._io.read_s4be()
                elif _on == Lua53Sketch.Layout.be8:
                    pass
                    self.integer = self._io.read_s8be()
                elif _on == Lua53Sketch.Layout.le4:
                    pass
                    self.integer = self._io.read_s4le()
                elif _on == Lua53Sketch.Layout.le8:
                    pass
                    self.integer = self._io.read_s8le()

            if  ((self.type == Lua53Sketch.ConstantType.short_string) or (self.type == Lua53Sketch.ConstantType.long_string)) :
                pass
                self.string = Lua53Sketch.LuaString(self._io, self, self._root)



        def _fetch_instances(self):
            pass
            if self.type == Lua53Sketch.ConstantType.boolean:
                pass

            if self.type == Lua53Sketch.ConstantType.number:
                pass
                self.number._fetch_instances()

            if self.type == Lua53Sketch.ConstantType.integer:
                pass
                _on = self._root.header.integer_layout
                if _on == Lua53Sketch.Layout.be4:
                    pass
                elif _on == Lua53Sketch.Layout.be8:
                    pass
                elif _on == Lua53Sketch.Layout.le4:
                    pass
                elif _on == Lua53Sketch.Layout.le8:
                    pass

            if  ((self.type == Lua53Sketch.ConstantType.short_string) or (self.type == Lua53Sketch.ConstantType.long_string)) :
                pass
                self.string._fetch_instances()



    class Header(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Lua53Sketch.Header, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.magic = self._io.read_bytes(6)
            if not self.magic == b"\x1B\x4C\x75\x61\x53\x00":
                raise kaitaistruct.ValidationNotEqualError(b"\x1B\x4C\x75\x61\x53\x00", self.magic, self._io, u"/types/header/seq/0")
            self.data = self._io.read_bytes(6)
            if not self.data == b"\x19\x93\x0D\x0A\x1A\x0A":
                raise kaitaistruct.ValidationNotEqualError(b"\x19\x93\x0D\x0A\x1A\x0A", self.data, self._io, u"/types/header/seq/1")
            self.len_int = self._io.read_u1()
            self.len_size_t = self._io.read_u1()
            self.len_instruction = self._io.read_u1()
            self.len_integer = self._io.read_u1()
            self.len_number = self._io.read_u1()
            self.check_integer = self._io.read_bytes(self.len_integer)
            self.check_number = self._io.read_bytes(self.len_number)


        def _fetch_instances(self):
            pass

        @property
        def int_layout(self):
            if hasattr(self, '_m_int_layout'):
                return self._m_int_layout

            self._m_int_layout = KaitaiStream.resolve_enum(Lua53Sketch.Layout, self.len_int + (16 if self.is_big_endian else 0))
            return getattr(self, '_m_int_layout', None)

        @property
        def integer_layout(self):
            if hasattr(self, '_m_integer_layout'):
                return self._m_integer_layout

            self._m_integer_layout = KaitaiStream.resolve_enum(Lua53Sketch.Layout, self.len_integer + (16 if self.is_big_endian else 0))
            return getattr(self, '_m_integer_layout', None)

        @property
        def is_big_endian(self):
            if hasattr(self, '_m_is_big_endian'):
                return self._m_is_big_endian

            self._m_is_big_endian = KaitaiStream.byte_array_index(self.check_integer, 0) == 0
            return getattr(self, '_m_is_big_endian', None)

        @property
        def number_layout(self):
            if hasattr(self, '_m_number_layout'):
                return self._m_number_layout

            self._m_number_layout = KaitaiStream.resolve_enum(Lua53Sketch.Layout, self.len_number + (16 if self.is_big_endian else 0))
            return getattr(self, '_m_number_layout', None)

        @property
        def size_t_layout(self):
            if hasattr(self, '_m_size_t_layout'):
                return self._m_size_t_layout

            self._m_size_t_layout = KaitaiStream.resolve_enum(Lua53Sketch.Layout, self.len_size_t + (16 if self.is_big_endian else 0))
            return getattr(self, '_m_size_t_layout', None)


    class LocalVar(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Lua53Sketch.LocalVar, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.name = Lua53Sketch.LuaString(self._io, self, self._root)
            _on = self._root.header.int_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
                self.start_pc = self._io.read_s4be()
            elif _on == Lua53Sketch.Layout.be8:
                pass
                self.start_pc = self._io.read_s8be()
            elif _on == Lua53Sketch.Layout.le4:
                pass
                self.start_pc = self._io.read_s4le()
            elif _on == Lua53Sketch.Layout.le8:
                pass
                self.start_pc = self._io.read_s8le()
            _on = self._root.header.int_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
                self.end_pc = self._io.read_s4be()
            elif _on == Lua53Sketch.Layout.be8:
                pass
                self.end_pc = self._io.read_s8be()
            elif _on == Lua53Sketch.Layout.le4:
                pass
                self.end_pc = self._io.read_s4le()
            elif _on == Lua53Sketch.Layout.le8:
                pass
                self.end_pc = self._io.read_s8le()


        def _fetch_instances(self):
            pass
            self.name._fetch_instances()
            _on = self._root.header.int_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
            elif _on == Lua53Sketch.Layout.be8:
                pass
            elif _on == Lua53Sketch.Layout.le4:
                pass
            elif _on == Lua53Sketch.Layout.le8:
                pass
            _on = self._root.header.int_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
            elif _on == Lua53Sketch.Layout.be8:
                pass
            elif _on == Lua53Sketch.Layout.le4:
                pass
            elif _on == Lua53Sketch.Layout.le8:
                pass


    class LuaString(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Lua53Sketch.LuaString, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.len_short = self._io.read_u1()
            if self.len_short == 255:
                pass
                _on = self._root.header.size_t_layout
                if _on == Lua53Sketch.Layout.be4:
                    pass
                    self.len_long = self._io.read_u4be()
                elif _on == Lua53Sketch.Layout.be8:
                    pass
                    self.len_long = self._io.read_u8be()
                elif _on == Lua53Sketch.Layout.le4:
                    pass
                    self.len_long = self._io.read_u4le()
                elif _on == Lua53Sketch.Layout.le8:
                    pass
                    self.len_long = self._io.read_u8le()

            if (not (self.is_absent)):
                pass
                self.value = self._io.read_bytes(self.len_stored - 1)



        def _fetch_instances(self):
            pass
            if self.len_short == 255:
                pass
                _on = self._root.header.size_t_layout
                if _on == Lua53Sketch.Layout.be4:
                    pass
                elif _on == Lua53Sketch.Layout.be8:
                    pass
                elif _on == Lua53Sketch.Layout.le4:
                    pass
                elif _on == Lua53Sketch.Layout.le8:
                    pass

            if (not (self.is_absent)):
                pass


        @property
        def is_absent(self):
            if hasattr(self, '_m_is_absent'):
                return self._m_is_absent

            self._m_is_absent = self.len_stored == 0
            return getattr(self, '_m_is_absent', None)

        @property
        def len_stored(self):
            if hasattr(self, '_m_len_stored'):
                return self._m_len_stored

            self._m_len_stored = (self.len_long if self.len_short == 255 else self.len_short)
            return getattr(self, '_m_len_stored', None)


    class Number(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Lua53Sketch.Number, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            _on = self._root.header.number_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
                self.value = self._io.read_f4be()
            elif _on == Lua53Sketch.Layout.be8:
                pass
                self.value = self._io.read_f8be()
            elif _on == Lua53Sketch.Layout.le4:
                pass
                self.value = self._io.read_f4le()
            elif _on == Lua53Sketch.Layout.le8:
                pass
                self.value = self._io.read_f8le()


        def _fetch_instances(self):
            pass
            _on = self._root.header.number_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
            elif _on == Lua53Sketch.Layout.be8:
                pass
            elif _on == Lua53Sketch.Layout.le4:
                pass
            elif _on == Lua53Sketch.Layout.le8:
                pass


    class Proto(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Lua53Sketch.Proto, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.source = Lua53Sketch.LuaString(self._io, self, self._root)
            _on = self._root.header.int_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
                self.line_defined = self._io.read_s4be()
            elif _on == Lua53Sketch.Layout.be8:
                pass
                self.line_defined = self._io.read_s8be()
            elif _on == Lua53Sketch.Layout.le4:
                pass
                self.line_defined = self._io.read_s4le()
            elif _on == Lua53Sketch.Layout.le8:
                pass
                self.line_defined = self._io.read_s8le()
            _on = self._root.header.int_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
                self.last_line_defined = self._io.read_s4be()
            elif _on == Lua53Sketch.Layout.be8:
                pass
                self.last_line_defined = self._io.read_s8be()
            elif _on == Lua53Sketch.Layout.le4:
                pass
                self.last_line_defined = self._io.read_s4le()
            elif _on == Lua53Sketch.Layout.le8:
                pass
                self.last_line_defined = self._io.read_s8le()
            self.num_params = self._io.read_u1()
            self.is_vararg = self._io.read_u1()
            self.max_stack_size = self._io.read_u1()
            _on = self._root.header.int_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
                self.num_instructions = self._io.read_s4be()
            elif _on == Lua53Sketch.Layout.be8:
                pass
                self.num_instructions = self._io.read_s8be()
            elif _on == Lua53Sketch.Layout.le4:
                pass
                self.num_instructions = self._io.read_s4le()
            elif _on == Lua53Sketch.Layout.le8:
                pass
                self.num_instructions = self._io.read_s8le()
            self.code = []
            for i in range(self.num_instructions):
                _on = self._root.header.is_big_endian
                if _on == False:
                    pass
                    self.code.append(self._io.read_u4le())
                elif _on == True:
                    pass
                    self.code.append(self._io.read_u4be())

            _on = self._root.header.int_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
                self.num_constants = self._io.read_s4be()
            elif _on == Lua53Sketch.Layout.be8:
                pass
                self.num_constants = self._io.read_s8be()
            elif _on == Lua53Sketch.Layout.le4:
                pass
                self.num_constants = self._io.read_s4le()
            elif _on == Lua53Sketch.Layout.le8:
                pass
                self.num_constants = self._io.read_s8le()
            self.constants = []
            for i in range(self.num_constants):
                self.constants.append(Lua53Sketch.Constant(self._io, self, self._root))

            _on = self._root.header.int_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
                self.num_upvalues = self._io.read_s4be()
            elif _on == Lua53Sketch.Layout.be8:
                pass
                self.num_upvalues = self._io.read_s8be()
            elif _on == Lua53Sketch.Layout.le4:
                pass
                self.num_upvalues = self._io.read_s4le()
            elif _on == Lua53Sketch.Layout.le8:
                pass
                self.num_upvalues = self._io.read_s8le()
            self.upvalues = []
            for i in range(self.num_upvalues):
                self.upvalues.append(Lua53Sketch.Upvalue(self._io, self, self._root))

            _on = self._root.header.int_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
                self.num_protos = self._io.read_s4be()
            elif _on == Lua53Sketch.Layout.be8:
                pass
                self.num_protos = self._io.read_s8be()
            elif _on == Lua53Sketch.Layout.le4:
                pass
                self.num_protos = self._io.read_s4le()
            elif _on == Lua53Sketch.Layout.le8:
                pass
                self.num_protos = self._io.read_s8le()
            self.protos = []
            for i in range(self.num_protos):
                self.protos.append(Lua53Sketch.Proto(self._io, self, self._root))

            _on = self._root.header.int_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
                self.num_line_info = self._io.read_s4be()
            elif _on == Lua53Sketch.Layout.be8:
                pass
                self.num_line_info = self._io.read_s8be()
            elif _on == Lua53Sketch.Layout.le4:
                pass
                self.num_line_info = self._io.read_s4le()
            elif _on == Lua53Sketch.Layout.le8:
                pass
                self.num_line_info = self._io.read_s8le()
            self.line_info = []
            for i in range(self.num_line_info):
                _on = self._root.header.int_layout
                if _on == Lua53Sketch.Layout.be4:
                    pass
                    self.line_info.append(self._io.read_s4be())
                elif _on == Lua53Sketch.Layout.be8:
                    pass
                    self.line_info.append(self._io.read_s8be())
                elif _on == Lua53Sketch.Layout.le4:
                    pass
                    self.line_info.append(self._io.read_s4le())
                elif _on == Lua53Sketch.Layout.le8:
                    pass
                    self.line_info.append(self._io.read_s8le())

            _on = self._root.header.int_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
                self.num_local_vars = self._io.read_s4be()
            elif _on == Lua53Sketch.Layout.be8:
                pass
                self.num_local_vars = self._io.read_s8be()
            elif _on == Lua53Sketch.Layout.le4:
                pass
                self.num_local_vars = self._io.read_s4le()
            elif _on == Lua53Sketch.Layout.le8:
                pass
                self.num_local_vars = self._io.read_s8le()
            self.local_vars = []
            for i in range(self.num_local_vars):
                self.local_vars.append(Lua53Sketch.LocalVar(self._io, self, self._root))

            _on = self._root.header.int_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
                self.num_upvalue_names = self._io.read_s4be()
            elif _on == Lua53Sketch.Layout.be8:
                pass
                self.num_upvalue_names = self._io.read_s8be()
            elif _on == Lua53Sketch.Layout.le4:
                pass
                self.num_upvalue_names = self._io.read_s4le()
            elif _on == Lua53Sketch.Layout.le8:
                pass
                self.num_upvalue_names = self._io.read_s8le()
            self.upvalue_names = []
            for i in range(self.num_upvalue_names):
                self.upvalue_names.append(Lua53Sketch.LuaString(self._io, self, self._root))



        def _fetch_instances(self):
            pass
            self.source._fetch_instances()
            _on = self._root.header.int_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
            elif _on == Lua53Sketch.Layout.be8:
                pass
            elif _on == Lua53Sketch.Layout.le4:
                pass
            elif _on == Lua53Sketch.Layout.le8:
                pass
            _on = self._root.header.int_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
            elif _on == Lua53Sketch.Layout.be8:
                pass
            elif _on == Lua53Sketch.Layout.le4:
                pass
            elif _on == Lua53Sketch.Layout.le8:
                pass
            _on = self._root.header.int_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
            elif _on == Lua53Sketch.Layout.be8:
                pass
            elif _on == Lua53Sketch.Layout.le4:
                pass
            elif _on == Lua53Sketch.Layout.le8:
                pass
            for i in range(len(self.code)):
                pass
                _on = self._root.header.is_big_endian
                if _on == False:
                    pass
                elif _on == True:
                    pass

            _on = self._root.header.int_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
            elif _on == Lua53Sketch.Layout.be8:
                pass
            elif _on == Lua53Sketch.Layout.le4:
                pass
            elif _on == Lua53Sketch.Layout.le8:
                pass
            for i in range(len(self.constants)):
                pass
                self.constants[i]._fetch_instances()

            _on = self._root.header.int_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
            elif _on == Lua53Sketch.Layout.be8:
                pass
            elif _on == Lua53Sketch.Layout.le4:
                pass
            elif _on == Lua53Sketch.Layout.le8:
                pass
            for i in range(len(self.upvalues)):
                pass
                self.upvalues[i]._fetch_instances()

            _on = self._root.header.int_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
            elif _on == Lua53Sketch.Layout.be8:
                pass
            elif _on == Lua53Sketch.Layout.le4:
                pass
            elif _on == Lua53Sketch.Layout.le8:
                pass
            for i in range(len(self.protos)):
                pass
                self.protos[i]._fetch_instances()

            _on = self._root.header.int_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
            elif _on == Lua53Sketch.Layout.be8:
                pass
            elif _on == Lua53Sketch.Layout.le4:
                pass
            elif _on == Lua53Sketch.Layout.le8:
                pass
            for i in range(len(self.line_info)):
                pass
                _on = self._root.header.int_layout
                if _on == Lua53Sketch.Layout.be4:
                    pass
                elif _on == Lua53Sketch.Layout.be8:
                    pass
                elif _on == Lua53Sketch.Layout.le4:
                    pass
                elif _on == Lua53Sketch.Layout.le8:
                    pass

            _on = self._root.header.int_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
            elif _on == Lua53Sketch.Layout.be8:
                pass
            elif _on == Lua53Sketch.Layout.le4:
                pass
            elif _on == Lua53Sketch.Layout.le8:
                pass
            for i in range(len(self.local_vars)):
                pass
                self.local_vars[i]._fetch_instances()

            _on = self._root.header.int_layout
            if _on == Lua53Sketch.Layout.be4:
                pass
            elif _on == Lua53Sketch.Layout.be8:
                pass
            elif _on == Lua53Sketch.Layout.le4:
                pass
            elif _on == Lua53Sketch.Layout.le8:
                pass
            for i in range(len(self.upvalue_names)):
                pass
                self.upvalue_names[i]._fetch_instances()



    class Upvalue(KaitaiStruct):
        def __init__(self, _io, _parent=None, _root=None):
            super(Lua53Sketch.Upvalue, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._read()

        def _read(self):
            self.in_stack = self._io.read_u1()
            self.index = self._io.read_u1()


        def _fetch_instances(self):
            pass



