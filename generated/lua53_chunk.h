#ifndef LUA53_CHUNK_H_
#define LUA53_CHUNK_H_

// This is a generated file! Please edit source .ksy file and use kaitai-struct-compiler to rebuild

class lua53_chunk_t;

#include "kaitai/kaitaistruct.h"
#include <stdint.h>
#include <set>
#include <vector>

#if KAITAI_STRUCT_VERSION < 11000L
#error "Incompatible Kaitai Struct C++/STL API: version 0.11 or later is required"
#endif

/**
 * A precompiled chunk is what `luac` writes, what `string.dump` returns and
 * what `lua_dump` produces: a header, which says how the machine that wrote the
 * chunk stores its numbers, then one function prototype ("proto"), the main
 * function, which holds all others nested inside it.
 * 
 * Nothing in the file is aligned and no offset is stored: everything stands in
 * the order in which it is read. Widths and byte order are those of the machine
 * that wrote the file and are found in the header; all that Lua 5.3 can be built
 * with are covered: both byte orders, C `int` and `size_t` of 4 or 8 bytes,
 * `lua_Integer` and `lua_Number` of 4 or 8 bytes.
 * 
 * The format is not documented by its authors. This specification follows the
 * code that writes it (`ldump.c`) and the code that reads it (`lundump.c`) in
 * Lua 5.3.6. `-orig-id` and names in parentheses are those of the C sources.
 * \sa https://www.lua.org/source/5.3/ldump.c.html Source
 * \sa https://www.lua.org/source/5.3/lundump.c.html Source
 */

class lua53_chunk_t : public kaitai::kstruct {

public:
    class check_t;
    class header_t;
    class proto_t;

    enum constant_type_t {
        CONSTANT_TYPE_NIL = 0,
        CONSTANT_TYPE_BOOLEAN = 1,
        CONSTANT_TYPE_NUMBER = 3,
        CONSTANT_TYPE_SHORT_STRING = 4,
        CONSTANT_TYPE_INTEGER = 19,
        CONSTANT_TYPE_LONG_STRING = 20
    };
    static bool _is_defined_constant_type_t(constant_type_t v);

private:
    static const std::set<constant_type_t> _values_constant_type_t;
    static std::set<constant_type_t> _build_values_constant_type_t();

public:

    enum opcode_t {
        OPCODE_OP_MOVE = 0,
        OPCODE_OP_LOADK = 1,
        OPCODE_OP_LOADKX = 2,
        OPCODE_OP_LOADBOOL = 3,
        OPCODE_OP_LOADNIL = 4,
        OPCODE_OP_GETUPVAL = 5,
        OPCODE_OP_GETTABUP = 6,
        OPCODE_OP_GETTABLE = 7,
        OPCODE_OP_SETTABUP = 8,
        OPCODE_OP_SETUPVAL = 9,
        OPCODE_OP_SETTABLE = 10,
        OPCODE_OP_NEWTABLE = 11,
        OPCODE_OP_SELF = 12,
        OPCODE_OP_ADD = 13,
        OPCODE_OP_SUB = 14,
        OPCODE_OP_MUL = 15,
        OPCODE_OP_MOD = 16,
        OPCODE_OP_POW = 17,
        OPCODE_OP_DIV = 18,
        OPCODE_OP_IDIV = 19,
        OPCODE_OP_BAND = 20,
        OPCODE_OP_BOR = 21,
        OPCODE_OP_BXOR = 22,
        OPCODE_OP_SHL = 23,
        OPCODE_OP_SHR = 24,
        OPCODE_OP_UNM = 25,
        OPCODE_OP_BNOT = 26,
        OPCODE_OP_NOT = 27,
        OPCODE_OP_LEN = 28,
        OPCODE_OP_CONCAT = 29,
        OPCODE_OP_JMP = 30,
        OPCODE_OP_EQ = 31,
        OPCODE_OP_LT = 32,
        OPCODE_OP_LE = 33,
        OPCODE_OP_TEST = 34,
        OPCODE_OP_TESTSET = 35,
        OPCODE_OP_CALL = 36,
        OPCODE_OP_TAILCALL = 37,
        OPCODE_OP_RETURN = 38,
        OPCODE_OP_FORLOOP = 39,
        OPCODE_OP_FORPREP = 40,
        OPCODE_OP_TFORCALL = 41,
        OPCODE_OP_TFORLOOP = 42,
        OPCODE_OP_SETLIST = 43,
        OPCODE_OP_CLOSURE = 44,
        OPCODE_OP_VARARG = 45,
        OPCODE_OP_EXTRAARG = 46
    };
    static bool _is_defined_opcode_t(opcode_t v);

private:
    static const std::set<opcode_t> _values_opcode_t;
    static std::set<opcode_t> _build_values_opcode_t();

public:

    lua53_chunk_t(uint8_t p_nil_type, uint8_t p_boolean_type, uint8_t p_number_type, uint8_t p_short_string_type, uint8_t p_integer_type, uint8_t p_long_string_type, kaitai::kstream* p__io, kaitai::kstruct* p__parent = 0, lua53_chunk_t* p__root = 0);

private:
    void _read();
    void _clean_up();

public:
    ~lua53_chunk_t();

    /**
     * Two known numbers. They are read as bytes, since the byte order of the
     * chunk is found from them.
     * \sa https://www.lua.org/source/5.3/lundump.h.html#LUAC_INT Source
     */

    class check_t : public kaitai::kstruct {

    public:

        check_t(kaitai::kstream* p__io, lua53_chunk_t::header_t* p__parent = 0, lua53_chunk_t* p__root = 0);

    private:
        void _read();
        void _clean_up();

    public:
        ~check_t();

    private:
        bool f_is_big_endian;
        bool m_is_big_endian;

    public:
        bool is_big_endian();

    private:
        std::string m_integer;
        std::string m_number;
        lua53_chunk_t* m__root;
        lua53_chunk_t::header_t* m__parent;

    public:

        /**
         * LUAC_INT, the `lua_Integer` 0x5678.
         */
        std::string integer() const { return m_integer; }

        /**
         * LUAC_NUM, the `lua_Number` 370.5, in the same byte order.
         */
        std::string number() const { return m_number; }
        lua53_chunk_t* _root() const { return m__root; }
        lua53_chunk_t::header_t* _parent() const { return m__parent; }
    };

    /**
     * Identifies a Lua 5.3 chunk and says how its numbers are stored.
     * Lua itself only loads chunks whose header is that of its own build.
     * \sa https://www.lua.org/source/5.3/ldump.c.html#DumpHeader Source
     */

    class header_t : public kaitai::kstruct {

    public:

        header_t(kaitai::kstream* p__io, lua53_chunk_t* p__parent = 0, lua53_chunk_t* p__root = 0);

    private:
        void _read();
        void _clean_up();

    public:
        ~header_t();

    private:
        bool f_is_big_endian;
        bool m_is_big_endian;

    public:
        bool is_big_endian();

    private:
        std::string m_magic;
        uint8_t m_version;
        uint8_t m_format;
        std::string m_data;
        uint8_t m_len_int;
        uint8_t m_len_size_t;
        uint8_t m_len_instruction;
        uint8_t m_len_integer;
        uint8_t m_len_number;
        check_t* m_check;
        lua53_chunk_t* m__root;
        lua53_chunk_t* m__parent;

    public:
        std::string magic() const { return m_magic; }

        /**
         * The major version times 16 plus the minor version.
         */
        uint8_t version() const { return m_version; }

        /**
         * 0 for the official format.
         */
        uint8_t format() const { return m_format; }

        /**
         * Bytes that a transfer in text mode would change. Where others are
         * found, the file is corrupt.
         */
        std::string data() const { return m_data; }

        /**
         * Width in bytes of a C `int` (counts, line numbers).
         */
        uint8_t len_int() const { return m_len_int; }

        /**
         * Width in bytes of a C `size_t` (lengths of long strings).
         */
        uint8_t len_size_t() const { return m_len_size_t; }

        /**
         * Width in bytes of an `Instruction`, 4 wherever an `int` has 32 bits.
         */
        uint8_t len_instruction() const { return m_len_instruction; }

        /**
         * Width in bytes of a `lua_Integer`, 4 for a Lua built with LUA_32BITS.
         */
        uint8_t len_integer() const { return m_len_integer; }

        /**
         * Width in bytes of a `lua_Number`, 4 (IEEE 754 single precision) for a
         * Lua built with LUA_32BITS, else 8 (double precision).
         */
        uint8_t len_number() const { return m_len_number; }
        check_t* check() const { return m_check; }
        lua53_chunk_t* _root() const { return m__root; }
        lua53_chunk_t* _parent() const { return m__parent; }
    };

    /**
     * A function prototype: code, constants, the functions defined inside it,
     * and debug information, which `luac -s` leaves out.
     * \sa https://www.lua.org/source/5.3/ldump.c.html#DumpFunction Source
     */

    class proto_t : public kaitai::kstruct {

    public:
        class code_t;
        class constant_t;
        class instruction_t;
        class line_info_t;
        class local_var_t;
        class lua_string_t;
        class upvalue_t;

        proto_t(uint16_t p_depth, kaitai::kstream* p__io, kaitai::kstruct* p__parent = 0, lua53_chunk_t* p__root = 0);

    private:
        int m__is_le;

    public:

    private:
        void _read();
        void _read_le();
        void _read_be();
        void _clean_up();

    public:
        ~proto_t();

        /**
         * The instructions of a function, decoded only where they are asked for.
         * \sa https://www.lua.org/source/5.3/ldump.c.html#DumpCode Source
         */

        class code_t : public kaitai::kstruct {

        public:

            code_t(kaitai::kstream* p__io, lua53_chunk_t::proto_t* p__parent = 0, lua53_chunk_t* p__root = 0, int p_is_le = -1);

        private:
            int m__is_le;

        public:

        private:
            void _read();
            void _read_le();
            void _read_be();
            void _clean_up();

        public:
            ~code_t();

        private:
            bool f_instructions;
            std::vector<instruction_t*>* m_instructions;

        public:
            std::vector<instruction_t*>* instructions();

        private:
            lua53_chunk_t* m__root;
            lua53_chunk_t::proto_t* m__parent;

        public:
            lua53_chunk_t* _root() const { return m__root; }
            lua53_chunk_t::proto_t* _parent() const { return m__parent; }
        };

        /**
         * A value of the constant table, of which a chunk has many. Reading them
         * is most of what a parser in Python does, so `type` is compared as a
         * number, and a string is not an object of its own: it has the fields of
         * `lua_string`.
         * \sa https://www.lua.org/source/5.3/ldump.c.html#DumpConstants Source
         */

        class constant_t : public kaitai::kstruct {

        public:

            constant_t(kaitai::kstream* p__io, lua53_chunk_t::proto_t* p__parent = 0, lua53_chunk_t* p__root = 0, int p_is_le = -1);

        private:
            int m__is_le;

        public:

        private:
            void _read();
            void _read_le();
            void _read_be();
            void _clean_up();

        public:
            ~constant_t();

        private:
            bool f_kind;
            constant_type_t m_kind;

        public:
            constant_type_t kind();

        private:
            uint8_t m_type;
            uint8_t m_len_short;
            bool n_len_short;

        public:
            bool _is_null_len_short() { len_short(); return n_len_short; };

        private:
            uint64_t m_len_long;
            bool n_len_long;

        public:
            bool _is_null_len_long() { len_long(); return n_len_long; };

        private:
            std::string m_string;
            bool n_string;

        public:
            bool _is_null_string() { string(); return n_string; };

        private:
            int64_t m_integer;
            bool n_integer;

        public:
            bool _is_null_integer() { integer(); return n_integer; };

        private:
            double m_number;
            bool n_number;

        public:
            bool _is_null_number() { number(); return n_number; };

        private:
            uint8_t m_boolean;
            bool n_boolean;

        public:
            bool _is_null_boolean() { boolean(); return n_boolean; };

        private:
            lua53_chunk_t* m__root;
            lua53_chunk_t::proto_t* m__parent;

        public:

            /**
             * One of the types that the parameters say; `kind` is its name.
             */
            uint8_t type() const { return m_type; }

            /**
             * The string's length plus 1, or 255 where the length follows as `size_t`.
             */
            uint8_t len_short() const { return m_len_short; }

            /**
             * The string's length plus 1.
             */
            uint64_t len_long() const { return m_len_long; }

            /**
             * A string of any bytes, never absent.
             */
            std::string string() const { return m_string; }

            /**
             * A `lua_Integer`, in two's complement.
             */
            int64_t integer() const { return m_integer; }

            /**
             * A `lua_Number`, in IEEE 754.
             */
            double number() const { return m_number; }

            /**
             * 0 is false, all else is true.
             */
            uint8_t boolean() const { return m_boolean; }
            lua53_chunk_t* _root() const { return m__root; }
            lua53_chunk_t::proto_t* _parent() const { return m__parent; }
        };

        /**
         * A 32-bit word, its opcode in the lowest 6 bits. Which of the operands it
         * has depends on the opcode: A, B and C; A and Bx; A and sBx; or Ax. They
         * share the same bits.
         * 
         *     31       23       14     6      0
         *     +--------+--------+------+------+
         *     |   B    |   C    |  A   |opcode|  iABC
         *     +--------+--------+------+------+
         *     |    Bx or sBx    |  A   |opcode|  iABx, iAsBx
         *     +-----------------+------+------+
         *     |           Ax           |opcode|  iAx
         *     +------------------------+------+
         * \sa https://www.lua.org/source/5.3/lopcodes.h.html Source
         */

        class instruction_t : public kaitai::kstruct {

        public:

            instruction_t(kaitai::kstream* p__io, lua53_chunk_t::proto_t::code_t* p__parent = 0, lua53_chunk_t* p__root = 0, int p_is_le = -1);

        private:
            int m__is_le;

        public:

        private:
            void _read();
            void _read_le();
            void _read_be();
            void _clean_up();

        public:
            ~instruction_t();

        private:
            bool f_a;
            int64_t m_a;

        public:

            /**
             * Mostly the register that the instruction sets.
             */
            int64_t a();

        private:
            bool f_ax;
            int64_t m_ax;

        public:

            /**
             * The larger operand of the instruction before.
             */
            int64_t ax();

        private:
            bool f_b;
            int64_t m_b;

        public:

            /**
             * For operands of the kind RK, 256 and above is constant `b - 256`.
             */
            int64_t b();

        private:
            bool f_bx;
            int64_t m_bx;

        public:

            /**
             * Mostly the index of a constant or of a function defined inside this one.
             */
            int64_t bx();

        private:
            bool f_c;
            int64_t m_c;

        public:

            /**
             * For operands of the kind RK, 256 and above is constant `c - 256`.
             */
            int64_t c();

        private:
            bool f_opcode;
            opcode_t m_opcode;

        public:
            opcode_t opcode();

        private:
            bool f_sbx;
            int64_t m_sbx;

        public:

            /**
             * Bx in excess MAXARG_sBx: how far a jump goes from the next instruction.
             */
            int64_t sbx();

        private:
            uint32_t m_word;
            lua53_chunk_t* m__root;
            lua53_chunk_t::proto_t::code_t* m__parent;

        public:
            uint32_t word() const { return m_word; }
            lua53_chunk_t* _root() const { return m__root; }
            lua53_chunk_t::proto_t::code_t* _parent() const { return m__parent; }
        };

        /**
         * The source line of each instruction, decoded only where they are asked
         * for.
         * \sa https://www.lua.org/source/5.3/ldump.c.html#DumpDebug Source
         */

        class line_info_t : public kaitai::kstruct {

        public:

            line_info_t(kaitai::kstream* p__io, lua53_chunk_t::proto_t* p__parent = 0, lua53_chunk_t* p__root = 0, int p_is_le = -1);

        private:
            int m__is_le;

        public:

        private:
            void _read();
            void _read_le();
            void _read_be();
            void _clean_up();

        public:
            ~line_info_t();

        private:
            bool f_lines;
            std::vector<int64_t>* m_lines;

        public:
            std::vector<int64_t>* lines();

        private:
            lua53_chunk_t* m__root;
            lua53_chunk_t::proto_t* m__parent;

        public:
            lua53_chunk_t* _root() const { return m__root; }
            lua53_chunk_t::proto_t* _parent() const { return m__parent; }
        };

        /**
         * A local variable, for debuggers.
         * \sa https://www.lua.org/source/5.3/ldump.c.html#DumpDebug Source
         */

        class local_var_t : public kaitai::kstruct {

        public:

            local_var_t(kaitai::kstream* p__io, lua53_chunk_t::proto_t* p__parent = 0, lua53_chunk_t* p__root = 0, int p_is_le = -1);

        private:
            int m__is_le;

        public:

        private:
            void _read();
            void _read_le();
            void _read_be();
            void _clean_up();

        public:
            ~local_var_t();

        private:
            lua_string_t* m_name;
            int64_t m_start_pc;
            bool n_start_pc;

        public:
            bool _is_null_start_pc() { start_pc(); return n_start_pc; };

        private:
            int64_t m_end_pc;
            bool n_end_pc;

        public:
            bool _is_null_end_pc() { end_pc(); return n_end_pc; };

        private:
            lua53_chunk_t* m__root;
            lua53_chunk_t::proto_t* m__parent;

        public:
            lua_string_t* name() const { return m_name; }

            /**
             * The first instruction where the variable is alive, counted from 0.
             */
            int64_t start_pc() const { return m_start_pc; }

            /**
             * The first instruction where it is dead.
             */
            int64_t end_pc() const { return m_end_pc; }
            lua53_chunk_t* _root() const { return m__root; }
            lua53_chunk_t::proto_t* _parent() const { return m__parent; }
        };

        /**
         * A string of any bytes. Its stored length counts the NUL that ends it in
         * memory, but the NUL is not stored. So length 1 is the empty string, and
         * 0 means that there is no string (NULL).
         * \sa https://www.lua.org/source/5.3/ldump.c.html#DumpString Source
         */

        class lua_string_t : public kaitai::kstruct {

        public:

            lua_string_t(kaitai::kstream* p__io, kaitai::kstruct* p__parent = 0, lua53_chunk_t* p__root = 0, int p_is_le = -1);

        private:
            int m__is_le;

        public:

        private:
            void _read();
            void _read_le();
            void _read_be();
            void _clean_up();

        public:
            ~lua_string_t();

        private:
            uint8_t m_len_short;
            uint64_t m_len_long;
            bool n_len_long;

        public:
            bool _is_null_len_long() { len_long(); return n_len_long; };

        private:
            std::string m_value;
            bool n_value;

        public:
            bool _is_null_value() { value(); return n_value; };

        private:
            lua53_chunk_t* m__root;
            kaitai::kstruct* m__parent;

        public:

            /**
             * The length plus 1, or 255 where the length follows as `size_t`.
             */
            uint8_t len_short() const { return m_len_short; }

            /**
             * The length plus 1.
             */
            uint64_t len_long() const { return m_len_long; }

            /**
             * Absent where the length is 0.
             */
            std::string value() const { return m_value; }
            lua53_chunk_t* _root() const { return m__root; }
            kaitai::kstruct* _parent() const { return m__parent; }
        };

        /**
         * Where a closure finds one of its upvalues when it is made.
         * \sa https://www.lua.org/source/5.3/ldump.c.html#DumpUpvalues Source
         */

        class upvalue_t : public kaitai::kstruct {

        public:

            upvalue_t(kaitai::kstream* p__io, lua53_chunk_t::proto_t* p__parent = 0, lua53_chunk_t* p__root = 0, int p_is_le = -1);

        private:
            int m__is_le;

        public:

        private:
            void _read();
            void _read_le();
            void _read_be();
            void _clean_up();

        public:
            ~upvalue_t();

        private:
            uint8_t m_in_stack;
            uint8_t m_index;
            lua53_chunk_t* m__root;
            lua53_chunk_t::proto_t* m__parent;

        public:

            /**
             * 1 where the upvalue is a local variable of the function around this
             * one, 0 where it is an upvalue of that function.
             */
            uint8_t in_stack() const { return m_in_stack; }

            /**
             * Register, or index among the upvalues, of the function around.
             */
            uint8_t index() const { return m_index; }
            lua53_chunk_t* _root() const { return m__root; }
            lua53_chunk_t::proto_t* _parent() const { return m__parent; }
        };

    private:
        lua_string_t* m_source;
        int64_t m_line_defined;
        bool n_line_defined;

    public:
        bool _is_null_line_defined() { line_defined(); return n_line_defined; };

    private:
        int64_t m_last_line_defined;
        bool n_last_line_defined;

    public:
        bool _is_null_last_line_defined() { last_line_defined(); return n_last_line_defined; };

    private:
        uint8_t m_num_params;
        uint8_t m_is_vararg;
        uint8_t m_max_stack_size;
        int64_t m_num_instructions;
        bool n_num_instructions;

    public:
        bool _is_null_num_instructions() { num_instructions(); return n_num_instructions; };

    private:
        code_t* m_code;
        int64_t m_num_constants;
        bool n_num_constants;

    public:
        bool _is_null_num_constants() { num_constants(); return n_num_constants; };

    private:
        std::vector<constant_t*>* m_constants;
        int64_t m_num_upvalues;
        bool n_num_upvalues;

    public:
        bool _is_null_num_upvalues() { num_upvalues(); return n_num_upvalues; };

    private:
        std::vector<upvalue_t*>* m_upvalues;
        int64_t m_num_protos;
        bool n_num_protos;

    public:
        bool _is_null_num_protos() { num_protos(); return n_num_protos; };

    private:
        std::vector<proto_t*>* m_protos;
        int64_t m_num_line_info;
        bool n_num_line_info;

    public:
        bool _is_null_num_line_info() { num_line_info(); return n_num_line_info; };

    private:
        line_info_t* m_line_info;
        int64_t m_num_local_vars;
        bool n_num_local_vars;

    public:
        bool _is_null_num_local_vars() { num_local_vars(); return n_num_local_vars; };

    private:
        std::vector<local_var_t*>* m_local_vars;
        int64_t m_num_upvalue_names;
        bool n_num_upvalue_names;

    public:
        bool _is_null_num_upvalue_names() { num_upvalue_names(); return n_num_upvalue_names; };

    private:
        std::vector<lua_string_t*>* m_upvalue_names;
        uint16_t m_depth;
        lua53_chunk_t* m__root;
        kaitai::kstruct* m__parent;
        std::string m__raw_code;
        kaitai::kstream* m__io__raw_code;
        std::string m__raw_line_info;
        kaitai::kstream* m__io__raw_line_info;

    public:

        /**
         * Name of the source: `@` and a file name, `=` and a name chosen by the
         * user, or the source text itself. Absent where it is the same as that
         * of the function around this one, and in a stripped chunk.
         */
        lua_string_t* source() const { return m_source; }

        /**
         * Line of the function's first token, 0 for the main function.
         */
        int64_t line_defined() const { return m_line_defined; }

        /**
         * Line of the function's last token, 0 for the main function.
         */
        int64_t last_line_defined() const { return m_last_line_defined; }

        /**
         * Number of fixed parameters.
         */
        uint8_t num_params() const { return m_num_params; }

        /**
         * 1 where the parameter list ends in `...`, else 0.
         */
        uint8_t is_vararg() const { return m_is_vararg; }

        /**
         * Number of registers that the function needs.
         */
        uint8_t max_stack_size() const { return m_max_stack_size; }
        int64_t num_instructions() const { return m_num_instructions; }
        code_t* code() const { return m_code; }
        int64_t num_constants() const { return m_num_constants; }
        std::vector<constant_t*>* constants() const { return m_constants; }
        int64_t num_upvalues() const { return m_num_upvalues; }
        std::vector<upvalue_t*>* upvalues() const { return m_upvalues; }

        /**
         * Number of functions defined inside this one. Lua's own parser does
         * not nest functions more than 200 deep (LUAI_MAXCCALLS in `llimits.h`),
         * and so neither does this specification.
         */
        int64_t num_protos() const { return m_num_protos; }

        /**
         * The functions defined inside this one, in the order of the source.
         */
        std::vector<proto_t*>* protos() const { return m_protos; }

        /**
         * Either 0 or the number of instructions.
         */
        int64_t num_line_info() const { return m_num_line_info; }
        line_info_t* line_info() const { return m_line_info; }
        int64_t num_local_vars() const { return m_num_local_vars; }
        std::vector<local_var_t*>* local_vars() const { return m_local_vars; }

        /**
         * Either 0 or the number of upvalues. Lua takes a negative number for 0, since
         * it makes no array of that size, as it does for all other counts. Of more
         * names than upvalues it writes beyond the array, so they are refused here.
         */
        int64_t num_upvalue_names() const { return m_num_upvalue_names; }

        /**
         * Names of the upvalues, in their order.
         */
        std::vector<lua_string_t*>* upvalue_names() const { return m_upvalue_names; }

        /**
         * Number of functions around this one, 0 for the main function.
         */
        uint16_t depth() const { return m_depth; }
        lua53_chunk_t* _root() const { return m__root; }
        kaitai::kstruct* _parent() const { return m__parent; }
        std::string _raw_code() const { return m__raw_code; }
        kaitai::kstream* _io__raw_code() const { return m__io__raw_code; }
        std::string _raw_line_info() const { return m__raw_line_info; }
        kaitai::kstream* _io__raw_line_info() const { return m__io__raw_line_info; }
    };

private:
    header_t* m_header;
    uint8_t m_num_upvalues;
    proto_t* m_main;
    uint8_t m_nil_type;
    uint8_t m_boolean_type;
    uint8_t m_number_type;
    uint8_t m_short_string_type;
    uint8_t m_integer_type;
    uint8_t m_long_string_type;
    lua53_chunk_t* m__root;
    kaitai::kstruct* m__parent;

public:
    header_t* header() const { return m_header; }

    /**
     * Number of upvalues of the closure that `lua_load` makes of the main
     * function. `luac` writes the same number as in `main`.
     * \sa https://www.lua.org/source/5.3/lundump.c.html#luaU_undump Source
     */
    uint8_t num_upvalues() const { return m_num_upvalues; }

    /**
     * The main function. Its source is the only one that `luac` always names.
     */
    proto_t* main() const { return m_main; }

    /**
     * The type of a nil, officially 0.
     */
    uint8_t nil_type() const { return m_nil_type; }

    /**
     * The type of a boolean, officially 1.
     */
    uint8_t boolean_type() const { return m_boolean_type; }

    /**
     * The type of a `lua_Number`, officially 3.
     */
    uint8_t number_type() const { return m_number_type; }

    /**
     * The type of a short string, officially 4.
     */
    uint8_t short_string_type() const { return m_short_string_type; }

    /**
     * The type of a `lua_Integer`, officially 19.
     */
    uint8_t integer_type() const { return m_integer_type; }

    /**
     * The type of a long string, officially 20. It may be that of a short string.
     */
    uint8_t long_string_type() const { return m_long_string_type; }
    lua53_chunk_t* _root() const { return m__root; }
    kaitai::kstruct* _parent() const { return m__parent; }
};

#endif  // LUA53_CHUNK_H_
