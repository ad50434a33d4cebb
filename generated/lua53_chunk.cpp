// This is a generated file! Please edit source .ksy file and use kaitai-struct-compiler to rebuild

#include "lua53_chunk.h"
#include "kaitai/exceptions.h"
std::set<lua53_chunk_t::constant_type_t> lua53_chunk_t::_build_values_constant_type_t() {
    std::set<lua53_chunk_t::constant_type_t> _t;
    _t.insert(lua53_chunk_t::CONSTANT_TYPE_NIL);
    _t.insert(lua53_chunk_t::CONSTANT_TYPE_BOOLEAN);
    _t.insert(lua53_chunk_t::CONSTANT_TYPE_NUMBER);
    _t.insert(lua53_chunk_t::CONSTANT_TYPE_SHORT_STRING);
    _t.insert(lua53_chunk_t::CONSTANT_TYPE_INTEGER);
    _t.insert(lua53_chunk_t::CONSTANT_TYPE_LONG_STRING);
    return _t;
}
const std::set<lua53_chunk_t::constant_type_t> lua53_chunk_t::_values_constant_type_t = lua53_chunk_t::_build_values_constant_type_t();
bool lua53_chunk_t::_is_defined_constant_type_t(lua53_chunk_t::constant_type_t v) {
    return lua53_chunk_t::_values_constant_type_t.find(v) != lua53_chunk_t::_values_constant_type_t.end();
}
std::set<lua53_chunk_t::opcode_t> lua53_chunk_t::_build_values_opcode_t() {
    std::set<lua53_chunk_t::opcode_t> _t;
    _t.insert(lua53_chunk_t::OPCODE_OP_MOVE);
    _t.insert(lua53_chunk_t::OPCODE_OP_LOADK);
    _t.insert(lua53_chunk_t::OPCODE_OP_LOADKX);
    _t.insert(lua53_chunk_t::OPCODE_OP_LOADBOOL);
    _t.insert(lua53_chunk_t::OPCODE_OP_LOADNIL);
    _t.insert(lua53_chunk_t::OPCODE_OP_GETUPVAL);
    _t.insert(lua53_chunk_t::OPCODE_OP_GETTABUP);
    _t.insert(lua53_chunk_t::OPCODE_OP_GETTABLE);
    _t.insert(lua53_chunk_t::OPCODE_OP_SETTABUP);
    _t.insert(lua53_chunk_t::OPCODE_OP_SETUPVAL);
    _t.insert(lua53_chunk_t::OPCODE_OP_SETTABLE);
    _t.insert(lua53_chunk_t::OPCODE_OP_NEWTABLE);
    _t.insert(lua53_chunk_t::OPCODE_OP_SELF);
    _t.insert(lua53_chunk_t::OPCODE_OP_ADD);
    _t.insert(lua53_chunk_t::OPCODE_OP_SUB);
    _t.insert(lua53_chunk_t::OPCODE_OP_MUL);
    _t.insert(lua53_chunk_t::OPCODE_OP_MOD);
    _t.insert(lua53_chunk_t::OPCODE_OP_POW);
    _t.insert(lua53_chunk_t::OPCODE_OP_DIV);
    _t.insert(lua53_chunk_t::OPCODE_OP_IDIV);
    _t.insert(lua53_chunk_t::OPCODE_OP_BAND);
    _t.insert(lua53_chunk_t::OPCODE_OP_BOR);
    _t.insert(lua53_chunk_t::OPCODE_OP_BXOR);
    _t.insert(lua53_chunk_t::OPCODE_OP_SHL);
    _t.insert(lua53_chunk_t::OPCODE_OP_SHR);
    _t.insert(lua53_chunk_t::OPCODE_OP_UNM);
    _t.insert(lua53_chunk_t::OPCODE_OP_BNOT);
    _t.insert(lua53_chunk_t::OPCODE_OP_NOT);
    _t.insert(lua53_chunk_t::OPCODE_OP_LEN);
    _t.insert(lua53_chunk_t::OPCODE_OP_CONCAT);
    _t.insert(lua53_chunk_t::OPCODE_OP_JMP);
    _t.insert(lua53_chunk_t::OPCODE_OP_EQ);
    _t.insert(lua53_chunk_t::OPCODE_OP_LT);
    _t.insert(lua53_chunk_t::OPCODE_OP_LE);
    _t.insert(lua53_chunk_t::OPCODE_OP_TEST);
    _t.insert(lua53_chunk_t::OPCODE_OP_TESTSET);
    _t.insert(lua53_chunk_t::OPCODE_OP_CALL);
    _t.insert(lua53_chunk_t::OPCODE_OP_TAILCALL);
    _t.insert(lua53_chunk_t::OPCODE_OP_RETURN);
    _t.insert(lua53_chunk_t::OPCODE_OP_FORLOOP);
    _t.insert(lua53_chunk_t::OPCODE_OP_FORPREP);
    _t.insert(lua53_chunk_t::OPCODE_OP_TFORCALL);
    _t.insert(lua53_chunk_t::OPCODE_OP_TFORLOOP);
    _t.insert(lua53_chunk_t::OPCODE_OP_SETLIST);
    _t.insert(lua53_chunk_t::OPCODE_OP_CLOSURE);
    _t.insert(lua53_chunk_t::OPCODE_OP_VARARG);
    _t.insert(lua53_chunk_t::OPCODE_OP_EXTRAARG);
    return _t;
}
const std::set<lua53_chunk_t::opcode_t> lua53_chunk_t::_values_opcode_t = lua53_chunk_t::_build_values_opcode_t();
bool lua53_chunk_t::_is_defined_opcode_t(lua53_chunk_t::opcode_t v) {
    return lua53_chunk_t::_values_opcode_t.find(v) != lua53_chunk_t::_values_opcode_t.end();
}

lua53_chunk_t::lua53_chunk_t(uint8_t p_nil_type, uint8_t p_boolean_type, uint8_t p_number_type, uint8_t p_short_string_type, uint8_t p_integer_type, uint8_t p_long_string_type, kaitai::kstream* p__io, kaitai::kstruct* p__parent, lua53_chunk_t* p__root) : kaitai::kstruct(p__io) {
    m__parent = p__parent;
    m__root = p__root ? p__root : this;
    m_nil_type = p_nil_type;
    m_boolean_type = p_boolean_type;
    m_number_type = p_number_type;
    m_short_string_type = p_short_string_type;
    m_integer_type = p_integer_type;
    m_long_string_type = p_long_string_type;
    m_header = 0;
    m_main = 0;

    try {
        _read();
    } catch(...) {
        _clean_up();
        throw;
    }
}

void lua53_chunk_t::_read() {
    m_header = new header_t(m__io, this, m__root);
    m_num_upvalues = m__io->read_u1();
    m_main = new proto_t(0, m__io, this, m__root);
}

lua53_chunk_t::~lua53_chunk_t() {
    _clean_up();
}

void lua53_chunk_t::_clean_up() {
    if (m_header) {
        delete m_header; m_header = 0;
    }
    if (m_main) {
        delete m_main; m_main = 0;
    }
}

lua53_chunk_t::check_t::check_t(kaitai::kstream* p__io, lua53_chunk_t::header_t* p__parent, lua53_chunk_t* p__root) : kaitai::kstruct(p__io) {
    m__parent = p__parent;
    m__root = p__root;
    f_is_big_endian = false;

    try {
        _read();
    } catch(...) {
        _clean_up();
        throw;
    }
}

void lua53_chunk_t::check_t::_read() {
    m_integer = m__io->read_bytes(_parent()->len_integer());
    if (!( ((m_integer == std::string("\x78\x56\x00\x00", 4)) || (m_integer == std::string("\x00\x00\x56\x78", 4)) || (m_integer == std::string("\x78\x56\x00\x00\x00\x00\x00\x00", 8)) || (m_integer == std::string("\x00\x00\x00\x00\x00\x00\x56\x78", 8))) )) {
        throw kaitai::validation_not_any_of_error<std::string>(m_integer, m__io, std::string("/types/check/seq/0"));
    }
    m_number = m__io->read_bytes(_parent()->len_number());
    if (!( ((m_number == ((is_big_endian()) ? (std::string("\x43\xB9\x40\x00", 4)) : (std::string("\x00\x40\xB9\x43", 4)))) || (m_number == ((is_big_endian()) ? (std::string("\x40\x77\x28\x00\x00\x00\x00\x00", 8)) : (std::string("\x00\x00\x00\x00\x00\x28\x77\x40", 8))))) )) {
        throw kaitai::validation_not_any_of_error<std::string>(m_number, m__io, std::string("/types/check/seq/1"));
    }
}

lua53_chunk_t::check_t::~check_t() {
    _clean_up();
}

void lua53_chunk_t::check_t::_clean_up() {
}

bool lua53_chunk_t::check_t::is_big_endian() {
    if (f_is_big_endian)
        return m_is_big_endian;
    f_is_big_endian = true;
    m_is_big_endian = integer().at(0) == 0;
    return m_is_big_endian;
}

lua53_chunk_t::header_t::header_t(kaitai::kstream* p__io, lua53_chunk_t* p__parent, lua53_chunk_t* p__root) : kaitai::kstruct(p__io) {
    m__parent = p__parent;
    m__root = p__root;
    m_check = 0;
    f_is_big_endian = false;

    try {
        _read();
    } catch(...) {
        _clean_up();
        throw;
    }
}

void lua53_chunk_t::header_t::_read() {
    m_magic = m__io->read_bytes(4);
    if (!(m_magic == std::string("\x1B\x4C\x75\x61", 4))) {
        throw kaitai::validation_not_equal_error<std::string>(std::string("\x1B\x4C\x75\x61", 4), m_magic, m__io, std::string("/types/header/seq/0"));
    }
    m_version = m__io->read_u1();
    if (!(m_version == 83)) {
        throw kaitai::validation_not_equal_error<uint8_t>(83, m_version, m__io, std::string("/types/header/seq/1"));
    }
    m_format = m__io->read_u1();
    if (!(m_format == 0)) {
        throw kaitai::validation_not_equal_error<uint8_t>(0, m_format, m__io, std::string("/types/header/seq/2"));
    }
    m_data = m__io->read_bytes(6);
    if (!(m_data == std::string("\x19\x93\x0D\x0A\x1A\x0A", 6))) {
        throw kaitai::validation_not_equal_error<std::string>(std::string("\x19\x93\x0D\x0A\x1A\x0A", 6), m_data, m__io, std::string("/types/header/seq/3"));
    }
    m_len_int = m__io->read_u1();
    if (!( ((m_len_int == 4) || (m_len_int == 8)) )) {
        throw kaitai::validation_not_any_of_error<uint8_t>(m_len_int, m__io, std::string("/types/header/seq/4"));
    }
    m_len_size_t = m__io->read_u1();
    if (!( ((m_len_size_t == 4) || (m_len_size_t == 8)) )) {
        throw kaitai::validation_not_any_of_error<uint8_t>(m_len_size_t, m__io, std::string("/types/header/seq/5"));
    }
    m_len_instruction = m__io->read_u1();
    if (!(m_len_instruction == 4)) {
        throw kaitai::validation_not_equal_error<uint8_t>(4, m_len_instruction, m__io, std::string("/types/header/seq/6"));
    }
    m_len_integer = m__io->read_u1();
    if (!( ((m_len_integer == 4) || (m_len_integer == 8)) )) {
        throw kaitai::validation_not_any_of_error<uint8_t>(m_len_integer, m__io, std::string("/types/header/seq/7"));
    }
    m_len_number = m__io->read_u1();
    if (!( ((m_len_number == 4) || (m_len_number == 8)) )) {
        throw kaitai::validation_not_any_of_error<uint8_t>(m_len_number, m__io, std::string("/types/header/seq/8"));
    }
    m_check = new check_t(m__io, this, m__root);
}

lua53_chunk_t::header_t::~header_t() {
    _clean_up();
}

void lua53_chunk_t::header_t::_clean_up() {
    if (m_check) {
        delete m_check; m_check = 0;
    }
}

bool lua53_chunk_t::header_t::is_big_endian() {
    if (f_is_big_endian)
        return m_is_big_endian;
    f_is_big_endian = true;
    m_is_big_endian = check()->is_big_endian();
    return m_is_big_endian;
}

lua53_chunk_t::proto_t::proto_t(uint16_t p_depth, kaitai::kstream* p__io, kaitai::kstruct* p__parent, lua53_chunk_t* p__root) : kaitai::kstruct(p__io) {
    m__parent = p__parent;
    m__root = p__root;
    m__is_le = -1;
    m_depth = p_depth;
    m_source = 0;
    m_code = 0;
    m__io__raw_code = 0;
    m_constants = 0;
    m_upvalues = 0;
    m_protos = 0;
    m_line_info = 0;
    m__io__raw_line_info = 0;
    m_local_vars = 0;
    m_upvalue_names = 0;

    try {
        _read();
    } catch(...) {
        _clean_up();
        throw;
    }
}

void lua53_chunk_t::proto_t::_read() {
    {
        bool on = _root()->header()->is_big_endian();
        if (on == true) {
            m__is_le = false;
        }
        else if (on == false) {
            m__is_le = true;
        }
    }

    if (m__is_le == -1) {
        throw kaitai::undecided_endianness_error("/types/proto");
    } else if (m__is_le == 1) {
        _read_le();
    } else {
        _read_be();
    }
}

void lua53_chunk_t::proto_t::_read_le() {
    m_source = new lua_string_t(m__io, this, m__root, m__is_le);
    n_line_defined = true;
    switch (_root()->header()->len_int()) {
    case 4: {
        n_line_defined = false;
        m_line_defined = m__io->read_s4le();
        break;
    }
    case 8: {
        n_line_defined = false;
        m_line_defined = m__io->read_s8le();
        break;
    }
    }
    n_last_line_defined = true;
    switch (_root()->header()->len_int()) {
    case 4: {
        n_last_line_defined = false;
        m_last_line_defined = m__io->read_s4le();
        break;
    }
    case 8: {
        n_last_line_defined = false;
        m_last_line_defined = m__io->read_s8le();
        break;
    }
    }
    m_num_params = m__io->read_u1();
    m_is_vararg = m__io->read_u1();
    m_max_stack_size = m__io->read_u1();
    n_num_instructions = true;
    switch (_root()->header()->len_int()) {
    case 4: {
        n_num_instructions = false;
        m_num_instructions = m__io->read_s4le();
        break;
    }
    case 8: {
        n_num_instructions = false;
        m_num_instructions = m__io->read_s8le();
        break;
    }
    }
    if (!(m_num_instructions >= 0)) {
        throw kaitai::validation_less_than_error<int64_t>(0, m_num_instructions, m__io, std::string("/types/proto/seq/6"));
    }
    m__raw_code = m__io->read_bytes(num_instructions() * 4);
    m__io__raw_code = new kaitai::kstream(m__raw_code);
    m_code = new code_t(m__io__raw_code, this, m__root, m__is_le);
    n_num_constants = true;
    switch (_root()->header()->len_int()) {
    case 4: {
        n_num_constants = false;
        m_num_constants = m__io->read_s4le();
        break;
    }
    case 8: {
        n_num_constants = false;
        m_num_constants = m__io->read_s8le();
        break;
    }
    }
    if (!(m_num_constants >= 0)) {
        throw kaitai::validation_less_than_error<int64_t>(0, m_num_constants, m__io, std::string("/types/proto/seq/8"));
    }
    m_constants = new std::vector<constant_t*>();
    const int l_constants = num_constants();
    for (int i = 0; i < l_constants; i++) {
        m_constants->push_back(new constant_t(m__io, this, m__root, m__is_le));
    }
    n_num_upvalues = true;
    switch (_root()->header()->len_int()) {
    case 4: {
        n_num_upvalues = false;
        m_num_upvalues = m__io->read_s4le();
        break;
    }
    case 8: {
        n_num_upvalues = false;
        m_num_upvalues = m__io->read_s8le();
        break;
    }
    }
    if (!(m_num_upvalues >= 0)) {
        throw kaitai::validation_less_than_error<int64_t>(0, m_num_upvalues, m__io, std::string("/types/proto/seq/10"));
    }
    m_upvalues = new std::vector<upvalue_t*>();
    const int l_upvalues = num_upvalues();
    for (int i = 0; i < l_upvalues; i++) {
        m_upvalues->push_back(new upvalue_t(m__io, this, m__root, m__is_le));
    }
    n_num_protos = true;
    switch (_root()->header()->len_int()) {
    case 4: {
        n_num_protos = false;
        m_num_protos = m__io->read_s4le();
        break;
    }
    case 8: {
        n_num_protos = false;
        m_num_protos = m__io->read_s8le();
        break;
    }
    }
    {
        int64_t _ = m_num_protos;
        if (!( ((_ == 0) || ( ((_ > 0) && (depth() < 200)) )) )) {
            throw kaitai::validation_expr_error<int64_t>(m_num_protos, m__io, std::string("/types/proto/seq/12"));
        }
    }
    m_protos = new std::vector<proto_t*>();
    const int l_protos = num_protos();
    for (int i = 0; i < l_protos; i++) {
        m_protos->push_back(new proto_t(depth() + 1, m__io, this, m__root));
    }
    n_num_line_info = true;
    switch (_root()->header()->len_int()) {
    case 4: {
        n_num_line_info = false;
        m_num_line_info = m__io->read_s4le();
        break;
    }
    case 8: {
        n_num_line_info = false;
        m_num_line_info = m__io->read_s8le();
        break;
    }
    }
    if (!(m_num_line_info >= 0)) {
        throw kaitai::validation_less_than_error<int64_t>(0, m_num_line_info, m__io, std::string("/types/proto/seq/14"));
    }
    m__raw_line_info = m__io->read_bytes(num_line_info() * _root()->header()->len_int());
    m__io__raw_line_info = new kaitai::kstream(m__raw_line_info);
    m_line_info = new line_info_t(m__io__raw_line_info, this, m__root, m__is_le);
    n_num_local_vars = true;
    switch (_root()->header()->len_int()) {
    case 4: {
        n_num_local_vars = false;
        m_num_local_vars = m__io->read_s4le();
        break;
    }
    case 8: {
        n_num_local_vars = false;
        m_num_local_vars = m__io->read_s8le();
        break;
    }
    }
    if (!(m_num_local_vars >= 0)) {
        throw kaitai::validation_less_than_error<int64_t>(0, m_num_local_vars, m__io, std::string("/types/proto/seq/16"));
    }
    m_local_vars = new std::vector<local_var_t*>();
    const int l_local_vars = num_local_vars();
    for (int i = 0; i < l_local_vars; i++) {
        m_local_vars->push_back(new local_var_t(m__io, this, m__root, m__is_le));
    }
    n_num_upvalue_names = true;
    switch (_root()->header()->len_int()) {
    case 4: {
        n_num_upvalue_names = false;
        m_num_upvalue_names = m__io->read_s4le();
        break;
    }
    case 8: {
        n_num_upvalue_names = false;
        m_num_upvalue_names = m__io->read_s8le();
        break;
    }
    }
    if (!(m_num_upvalue_names <= num_upvalues())) {
        throw kaitai::validation_greater_than_error<int64_t>(num_upvalues(), m_num_upvalue_names, m__io, std::string("/types/proto/seq/18"));
    }
    m_upvalue_names = new std::vector<lua_string_t*>();
    const int l_upvalue_names = num_upvalue_names();
    for (int i = 0; i < l_upvalue_names; i++) {
        m_upvalue_names->push_back(new lua_string_t(m__io, this, m__root, m__is_le));
    }
}

void lua53_chunk_t::proto_t::_read_be() {
    m_source = new lua_string_t(m__io, this, m__root, m__is_le);
    n_line_defined = true;
    switch (_root()->header()->len_int()) {
    case 4: {
        n_line_defined = false;
        m_line_defined = m__io->read_s4be();
        break;
    }
    case 8: {
        n_line_defined = false;
        m_line_defined = m__io->read_s8be();
        break;
    }
    }
    n_last_line_defined = true;
    switch (_root()->header()->len_int()) {
    case 4: {
        n_last_line_defined = false;
        m_last_line_defined = m__io->read_s4be();
        break;
    }
    case 8: {
        n_last_line_defined = false;
        m_last_line_defined = m__io->read_s8be();
        break;
    }
    }
    m_num_params = m__io->read_u1();
    m_is_vararg = m__io->read_u1();
    m_max_stack_size = m__io->read_u1();
    n_num_instructions = true;
    switch (_root()->header()->len_int()) {
    case 4: {
        n_num_instructions = false;
        m_num_instructions = m__io->read_s4be();
        break;
    }
    case 8: {
        n_num_instructions = false;
        m_num_instructions = m__io->read_s8be();
        break;
    }
    }
    if (!(m_num_instructions >= 0)) {
        throw kaitai::validation_less_than_error<int64_t>(0, m_num_instructions, m__io, std::string("/types/proto/seq/6"));
    }
    m__raw_code = m__io->read_bytes(num_instructions() * 4);
    m__io__raw_code = new kaitai::kstream(m__raw_code);
    m_code = new code_t(m__io__raw_code, this, m__root, m__is_le);
    n_num_constants = true;
    switch (_root()->header()->len_int()) {
    case 4: {
        n_num_constants = false;
        m_num_constants = m__io->read_s4be();
        break;
    }
    case 8: {
        n_num_constants = false;
        m_num_constants = m__io->read_s8be();
        break;
    }
    }
    if (!(m_num_constants >= 0)) {
        throw kaitai::validation_less_than_error<int64_t>(0, m_num_constants, m__io, std::string("/types/proto/seq/8"));
    }
    m_constants = new std::vector<constant_t*>();
    const int l_constants = num_constants();
    for (int i = 0; i < l_constants; i++) {
        m_constants->push_back(new constant_t(m__io, this, m__root, m__is_le));
    }
    n_num_upvalues = true;
    switch (_root()->header()->len_int()) {
    case 4: {
        n_num_upvalues = false;
        m_num_upvalues = m__io->read_s4be();
        break;
    }
    case 8: {
        n_num_upvalues = false;
        m_num_upvalues = m__io->read_s8be();
        break;
    }
    }
    if (!(m_num_upvalues >= 0)) {
        throw kaitai::validation_less_than_error<int64_t>(0, m_num_upvalues, m__io, std::string("/types/proto/seq/10"));
    }
    m_upvalues = new std::vector<upvalue_t*>();
    const int l_upvalues = num_upvalues();
    for (int i = 0; i < l_upvalues; i++) {
        m_upvalues->push_back(new upvalue_t(m__io, this, m__root, m__is_le));
    }
    n_num_protos = true;
    switch (_root()->header()->len_int()) {
    case 4: {
        n_num_protos = false;
        m_num_protos = m__io->read_s4be();
        break;
    }
    case 8: {
        n_num_protos = false;
        m_num_protos = m__io->read_s8be();
        break;
    }
    }
    {
        int64_t _ = m_num_protos;
        if (!( ((_ == 0) || ( ((_ > 0) && (depth() < 200)) )) )) {
            throw kaitai::validation_expr_error<int64_t>(m_num_protos, m__io, std::string("/types/proto/seq/12"));
        }
    }
    m_protos = new std::vector<proto_t*>();
    const int l_protos = num_protos();
    for (int i = 0; i < l_protos; i++) {
        m_protos->push_back(new proto_t(depth() + 1, m__io, this, m__root));
    }
    n_num_line_info = true;
    switch (_root()->header()->len_int()) {
    case 4: {
        n_num_line_info = false;
        m_num_line_info = m__io->read_s4be();
        break;
    }
    case 8: {
        n_num_line_info = false;
        m_num_line_info = m__io->read_s8be();
        break;
    }
    }
    if (!(m_num_line_info >= 0)) {
        throw kaitai::validation_less_than_error<int64_t>(0, m_num_line_info, m__io, std::string("/types/proto/seq/14"));
    }
    m__raw_line_info = m__io->read_bytes(num_line_info() * _root()->header()->len_int());
    m__io__raw_line_info = new kaitai::kstream(m__raw_line_info);
    m_line_info = new line_info_t(m__io__raw_line_info, this, m__root, m__is_le);
    n_num_local_vars = true;
    switch (_root()->header()->len_int()) {
    case 4: {
        n_num_local_vars = false;
        m_num_local_vars = m__io->read_s4be();
        break;
    }
    case 8: {
        n_num_local_vars = false;
        m_num_local_vars = m__io->read_s8be();
        break;
    }
    }
    if (!(m_num_local_vars >= 0)) {
        throw kaitai::validation_less_than_error<int64_t>(0, m_num_local_vars, m__io, std::string("/types/proto/seq/16"));
    }
    m_local_vars = new std::vector<local_var_t*>();
    const int l_local_vars = num_local_vars();
    for (int i = 0; i < l_local_vars; i++) {
        m_local_vars->push_back(new local_var_t(m__io, this, m__root, m__is_le));
    }
    n_num_upvalue_names = true;
    switch (_root()->header()->len_int()) {
    case 4: {
        n_num_upvalue_names = false;
        m_num_upvalue_names = m__io->read_s4be();
        break;
    }
    case 8: {
        n_num_upvalue_names = false;
        m_num_upvalue_names = m__io->read_s8be();
        break;
    }
    }
    if (!(m_num_upvalue_names <= num_upvalues())) {
        throw kaitai::validation_greater_than_error<int64_t>(num_upvalues(), m_num_upvalue_names, m__io, std::string("/types/proto/seq/18"));
    }
    m_upvalue_names = new std::vector<lua_string_t*>();
    const int l_upvalue_names = num_upvalue_names();
    for (int i = 0; i < l_upvalue_names; i++) {
        m_upvalue_names->push_back(new lua_string_t(m__io, this, m__root, m__is_le));
    }
}

lua53_chunk_t::proto_t::~proto_t() {
    _clean_up();
}

void lua53_chunk_t::proto_t::_clean_up() {
    if (m_source) {
        delete m_source; m_source = 0;
    }
    if (!n_line_defined) {
    }
    if (!n_last_line_defined) {
    }
    if (!n_num_instructions) {
    }
    if (m__io__raw_code) {
        delete m__io__raw_code; m__io__raw_code = 0;
    }
    if (m_code) {
        delete m_code; m_code = 0;
    }
    if (!n_num_constants) {
    }
    if (m_constants) {
        for (std::vector<constant_t*>::iterator it = m_constants->begin(); it != m_constants->end(); ++it) {
            delete *it;
        }
        delete m_constants; m_constants = 0;
    }
    if (!n_num_upvalues) {
    }
    if (m_upvalues) {
        for (std::vector<upvalue_t*>::iterator it = m_upvalues->begin(); it != m_upvalues->end(); ++it) {
            delete *it;
        }
        delete m_upvalues; m_upvalues = 0;
    }
    if (!n_num_protos) {
    }
    if (m_protos) {
        for (std::vector<proto_t*>::iterator it = m_protos->begin(); it != m_protos->end(); ++it) {
            delete *it;
        }
        delete m_protos; m_protos = 0;
    }
    if (!n_num_line_info) {
    }
    if (m__io__raw_line_info) {
        delete m__io__raw_line_info; m__io__raw_line_info = 0;
    }
    if (m_line_info) {
        delete m_line_info; m_line_info = 0;
    }
    if (!n_num_local_vars) {
    }
    if (m_local_vars) {
        for (std::vector<local_var_t*>::iterator it = m_local_vars->begin(); it != m_local_vars->end(); ++it) {
            delete *it;
        }
        delete m_local_vars; m_local_vars = 0;
    }
    if (!n_num_upvalue_names) {
    }
    if (m_upvalue_names) {
        for (std::vector<lua_string_t*>::iterator it = m_upvalue_names->begin(); it != m_upvalue_names->end(); ++it) {
            delete *it;
        }
        delete m_upvalue_names; m_upvalue_names = 0;
    }
}

lua53_chunk_t::proto_t::code_t::code_t(kaitai::kstream* p__io, lua53_chunk_t::proto_t* p__parent, lua53_chunk_t* p__root, int p_is_le) : kaitai::kstruct(p__io) {
    m__parent = p__parent;
    m__root = p__root;
    m__is_le = p_is_le;
    m_instructions = 0;
    f_instructions = false;

    try {
        _read();
    } catch(...) {
        _clean_up();
        throw;
    }
}

void lua53_chunk_t::proto_t::code_t::_read() {

    if (m__is_le == -1) {
        throw kaitai::undecided_endianness_error("/types/proto/types/code");
    } else if (m__is_le == 1) {
        _read_le();
    } else {
        _read_be();
    }
}

void lua53_chunk_t::proto_t::code_t::_read_le() {
}

void lua53_chunk_t::proto_t::code_t::_read_be() {
}

lua53_chunk_t::proto_t::code_t::~code_t() {
    _clean_up();
}

void lua53_chunk_t::proto_t::code_t::_clean_up() {
    if (f_instructions) {
        if (m_instructions) {
            for (std::vector<instruction_t*>::iterator it = m_instructions->begin(); it != m_instructions->end(); ++it) {
                delete *it;
            }
            delete m_instructions; m_instructions = 0;
        }
    }
}

std::vector<lua53_chunk_t::proto_t::instruction_t*>* lua53_chunk_t::proto_t::code_t::instructions() {
    if (f_instructions)
        return m_instructions;
    f_instructions = true;
    std::streampos _pos = m__io->pos();
    m__io->seek(0);
    if (m__is_le == 1) {
        m_instructions = new std::vector<instruction_t*>();
        {
            int i = 0;
            while (!m__io->is_eof()) {
                m_instructions->push_back(new instruction_t(m__io, this, m__root, m__is_le));
                i++;
            }
        }
    } else {
        m_instructions = new std::vector<instruction_t*>();
        {
            int i = 0;
            while (!m__io->is_eof()) {
                m_instructions->push_back(new instruction_t(m__io, this, m__root, m__is_le));
                i++;
            }
        }
    }
    m__io->seek(_pos);
    return m_instructions;
}

lua53_chunk_t::proto_t::constant_t::constant_t(kaitai::kstream* p__io, lua53_chunk_t::proto_t* p__parent, lua53_chunk_t* p__root, int p_is_le) : kaitai::kstruct(p__io) {
    m__parent = p__parent;
    m__root = p__root;
    m__is_le = p_is_le;
    f_kind = false;

    try {
        _read();
    } catch(...) {
        _clean_up();
        throw;
    }
}

void lua53_chunk_t::proto_t::constant_t::_read() {

    if (m__is_le == -1) {
        throw kaitai::undecided_endianness_error("/types/proto/types/constant");
    } else if (m__is_le == 1) {
        _read_le();
    } else {
        _read_be();
    }
}

void lua53_chunk_t::proto_t::constant_t::_read_le() {
    m_type = m__io->read_u1();
    if (!( ((m_type == _root()->short_string_type()) || (m_type == _root()->integer_type()) || (m_type == _root()->number_type()) || (m_type == _root()->boolean_type()) || (m_type == _root()->nil_type()) || (m_type == _root()->long_string_type())) )) {
        throw kaitai::validation_not_any_of_error<uint8_t>(m_type, m__io, std::string("/types/proto/types/constant/seq/0"));
    }
    n_len_short = true;
    if ( ((type() == _root()->short_string_type()) || (type() == _root()->long_string_type())) ) {
        n_len_short = false;
        m_len_short = m__io->read_u1();
        if (!(m_len_short >= 1)) {
            throw kaitai::validation_less_than_error<uint8_t>(1, m_len_short, m__io, std::string("/types/proto/types/constant/seq/1"));
        }
    }
    n_len_long = true;
    if ( (( ((type() == _root()->short_string_type()) || (type() == _root()->long_string_type())) ) && (len_short() == 255)) ) {
        n_len_long = false;
        n_len_long = true;
        switch (_root()->header()->len_size_t()) {
        case 4: {
            n_len_long = false;
            m_len_long = m__io->read_u4le();
            break;
        }
        case 8: {
            n_len_long = false;
            m_len_long = m__io->read_u8le();
            break;
        }
        }
        if (!(m_len_long >= 1)) {
            throw kaitai::validation_less_than_error<uint64_t>(1, m_len_long, m__io, std::string("/types/proto/types/constant/seq/2"));
        }
    }
    n_string = true;
    if ( ((type() == _root()->short_string_type()) || (type() == _root()->long_string_type())) ) {
        n_string = false;
        m_string = m__io->read_bytes(((len_short() == 255) ? (len_long()) : (len_short())) - 1);
    }
    n_integer = true;
    if (type() == _root()->integer_type()) {
        n_integer = false;
        n_integer = true;
        switch (_root()->header()->len_integer()) {
        case 4: {
            n_integer = false;
            m_integer = m__io->read_s4le();
            break;
        }
        case 8: {
            n_integer = false;
            m_integer = m__io->read_s8le();
            break;
        }
        }
    }
    n_number = true;
    if (type() == _root()->number_type()) {
        n_number = false;
        n_number = true;
        switch (_root()->header()->len_number()) {
        case 4: {
            n_number = false;
            m_number = m__io->read_f4le();
            break;
        }
        case 8: {
            n_number = false;
            m_number = m__io->read_f8le();
            break;
        }
        }
    }
    n_boolean = true;
    if (type() == _root()->boolean_type()) {
        n_boolean = false;
        m_boolean = m__io->read_u1();
    }
}

void lua53_chunk_t::proto_t::constant_t::_read_be() {
    m_type = m__io->read_u1();
    if (!( ((m_type == _root()->short_string_type()) || (m_type == _root()->integer_type()) || (m_type == _root()->number_type()) || (m_type == _root()->boolean_type()) || (m_type == _root()->nil_type()) || (m_type == _root()->long_string_type())) )) {
        throw kaitai::validation_not_any_of_error<uint8_t>(m_type, m__io, std::string("/types/proto/types/constant/seq/0"));
    }
    n_len_short = true;
    if ( ((type() == _root()->short_string_type()) || (type() == _root()->long_string_type())) ) {
        n_len_short = false;
        m_len_short = m__io->read_u1();
        if (!(m_len_short >= 1)) {
            throw kaitai::validation_less_than_error<uint8_t>(1, m_len_short, m__io, std::string("/types/proto/types/constant/seq/1"));
        }
    }
    n_len_long = true;
    if ( (( ((type() == _root()->short_string_type()) || (type() == _root()->long_string_type())) ) && (len_short() == 255)) ) {
        n_len_long = false;
        n_len_long = true;
        switch (_root()->header()->len_size_t()) {
        case 4: {
            n_len_long = false;
            m_len_long = m__io->read_u4be();
            break;
        }
        case 8: {
            n_len_long = false;
            m_len_long = m__io->read_u8be();
            break;
        }
        }
        if (!(m_len_long >= 1)) {
            throw kaitai::validation_less_than_error<uint64_t>(1, m_len_long, m__io, std::string("/types/proto/types/constant/seq/2"));
        }
    }
    n_string = true;
    if ( ((type() == _root()->short_string_type()) || (type() == _root()->long_string_type())) ) {
        n_string = false;
        m_string = m__io->read_bytes(((len_short() == 255) ? (len_long()) : (len_short())) - 1);
    }
    n_integer = true;
    if (type() == _root()->integer_type()) {
        n_integer = false;
        n_integer = true;
        switch (_root()->header()->len_integer()) {
        case 4: {
            n_integer = false;
            m_integer = m__io->read_s4be();
            break;
        }
        case 8: {
            n_integer = false;
            m_integer = m__io->read_s8be();
            break;
        }
        }
    }
    n_number = true;
    if (type() == _root()->number_type()) {
        n_number = false;
        n_number = true;
        switch (_root()->header()->len_number()) {
        case 4: {
            n_number = false;
            m_number = m__io->read_f4be();
            break;
        }
        case 8: {
            n_number = false;
            m_number = m__io->read_f8be();
            break;
        }
        }
    }
    n_boolean = true;
    if (type() == _root()->boolean_type()) {
        n_boolean = false;
        m_boolean = m__io->read_u1();
    }
}

lua53_chunk_t::proto_t::constant_t::~constant_t() {
    _clean_up();
}

void lua53_chunk_t::proto_t::constant_t::_clean_up() {
    if (!n_len_short) {
    }
    if (!n_len_long) {
    }
    if (!n_string) {
    }
    if (!n_integer) {
    }
    if (!n_number) {
    }
    if (!n_boolean) {
    }
}

lua53_chunk_t::constant_type_t lua53_chunk_t::proto_t::constant_t::kind() {
    if (f_kind)
        return m_kind;
    f_kind = true;
    m_kind = ((type() == _root()->short_string_type()) ? (lua53_chunk_t::CONSTANT_TYPE_SHORT_STRING) : (((type() == _root()->integer_type()) ? (lua53_chunk_t::CONSTANT_TYPE_INTEGER) : (((type() == _root()->number_type()) ? (lua53_chunk_t::CONSTANT_TYPE_NUMBER) : (((type() == _root()->boolean_type()) ? (lua53_chunk_t::CONSTANT_TYPE_BOOLEAN) : (((type() == _root()->nil_type()) ? (lua53_chunk_t::CONSTANT_TYPE_NIL) : (lua53_chunk_t::CONSTANT_TYPE_LONG_STRING))))))))));
    return m_kind;
}

lua53_chunk_t::proto_t::instruction_t::instruction_t(kaitai::kstream* p__io, lua53_chunk_t::proto_t::code_t* p__parent, lua53_chunk_t* p__root, int p_is_le) : kaitai::kstruct(p__io) {
    m__parent = p__parent;
    m__root = p__root;
    m__is_le = p_is_le;
    f_a = false;
    f_ax = false;
    f_b = false;
    f_bx = false;
    f_c = false;
    f_opcode = false;
    f_sbx = false;

    try {
        _read();
    } catch(...) {
        _clean_up();
        throw;
    }
}

void lua53_chunk_t::proto_t::instruction_t::_read() {

    if (m__is_le == -1) {
        throw kaitai::undecided_endianness_error("/types/proto/types/instruction");
    } else if (m__is_le == 1) {
        _read_le();
    } else {
        _read_be();
    }
}

void lua53_chunk_t::proto_t::instruction_t::_read_le() {
    m_word = m__io->read_u4le();
}

void lua53_chunk_t::proto_t::instruction_t::_read_be() {
    m_word = m__io->read_u4be();
}

lua53_chunk_t::proto_t::instruction_t::~instruction_t() {
    _clean_up();
}

void lua53_chunk_t::proto_t::instruction_t::_clean_up() {
}

int64_t lua53_chunk_t::proto_t::instruction_t::a() {
    if (f_a)
        return m_a;
    f_a = true;
    m_a = word() >> 6 & 255;
    return m_a;
}

int64_t lua53_chunk_t::proto_t::instruction_t::ax() {
    if (f_ax)
        return m_ax;
    f_ax = true;
    m_ax = word() >> 6 & 67108863;
    return m_ax;
}

int64_t lua53_chunk_t::proto_t::instruction_t::b() {
    if (f_b)
        return m_b;
    f_b = true;
    m_b = word() >> 23 & 511;
    return m_b;
}

int64_t lua53_chunk_t::proto_t::instruction_t::bx() {
    if (f_bx)
        return m_bx;
    f_bx = true;
    m_bx = word() >> 14 & 262143;
    return m_bx;
}

int64_t lua53_chunk_t::proto_t::instruction_t::c() {
    if (f_c)
        return m_c;
    f_c = true;
    m_c = word() >> 14 & 511;
    return m_c;
}

lua53_chunk_t::opcode_t lua53_chunk_t::proto_t::instruction_t::opcode() {
    if (f_opcode)
        return m_opcode;
    f_opcode = true;
    m_opcode = static_cast<lua53_chunk_t::opcode_t>(word() & 63);
    return m_opcode;
}

int64_t lua53_chunk_t::proto_t::instruction_t::sbx() {
    if (f_sbx)
        return m_sbx;
    f_sbx = true;
    m_sbx = bx() - 131071;
    return m_sbx;
}

lua53_chunk_t::proto_t::line_info_t::line_info_t(kaitai::kstream* p__io, lua53_chunk_t::proto_t* p__parent, lua53_chunk_t* p__root, int p_is_le) : kaitai::kstruct(p__io) {
    m__parent = p__parent;
    m__root = p__root;
    m__is_le = p_is_le;
    m_lines = 0;
    f_lines = false;

    try {
        _read();
    } catch(...) {
        _clean_up();
        throw;
    }
}

void lua53_chunk_t::proto_t::line_info_t::_read() {

    if (m__is_le == -1) {
        throw kaitai::undecided_endianness_error("/types/proto/types/line_info");
    } else if (m__is_le == 1) {
        _read_le();
    } else {
        _read_be();
    }
}

void lua53_chunk_t::proto_t::line_info_t::_read_le() {
}

void lua53_chunk_t::proto_t::line_info_t::_read_be() {
}

lua53_chunk_t::proto_t::line_info_t::~line_info_t() {
    _clean_up();
}

void lua53_chunk_t::proto_t::line_info_t::_clean_up() {
    if (f_lines) {
        if (m_lines) {
            delete m_lines; m_lines = 0;
        }
    }
}

std::vector<int64_t>* lua53_chunk_t::proto_t::line_info_t::lines() {
    if (f_lines)
        return m_lines;
    f_lines = true;
    std::streampos _pos = m__io->pos();
    m__io->seek(0);
    if (m__is_le == 1) {
        m_lines = new std::vector<int64_t>();
        {
            int i = 0;
            while (!m__io->is_eof()) {
                switch (_root()->header()->len_int()) {
                case 4: {
                    m_lines->push_back(m__io->read_s4le());
                    break;
                }
                case 8: {
                    m_lines->push_back(m__io->read_s8le());
                    break;
                }
                }
                i++;
            }
        }
    } else {
        m_lines = new std::vector<int64_t>();
        {
            int i = 0;
            while (!m__io->is_eof()) {
                switch (_root()->header()->len_int()) {
                case 4: {
                    m_lines->push_back(m__io->read_s4be());
                    break;
                }
                case 8: {
                    m_lines->push_back(m__io->read_s8be());
                    break;
                }
                }
                i++;
            }
        }
    }
    m__io->seek(_pos);
    return m_lines;
}

lua53_chunk_t::proto_t::local_var_t::local_var_t(kaitai::kstream* p__io, lua53_chunk_t::proto_t* p__parent, lua53_chunk_t* p__root, int p_is_le) : kaitai::kstruct(p__io) {
    m__parent = p__parent;
    m__root = p__root;
    m__is_le = p_is_le;
    m_name = 0;

    try {
        _read();
    } catch(...) {
        _clean_up();
        throw;
    }
}

void lua53_chunk_t::proto_t::local_var_t::_read() {

    if (m__is_le == -1) {
        throw kaitai::undecided_endianness_error("/types/proto/types/local_var");
    } else if (m__is_le == 1) {
        _read_le();
    } else {
        _read_be();
    }
}

void lua53_chunk_t::proto_t::local_var_t::_read_le() {
    m_name = new lua_string_t(m__io, this, m__root, m__is_le);
    n_start_pc = true;
    switch (_root()->header()->len_int()) {
    case 4: {
        n_start_pc = false;
        m_start_pc = m__io->read_s4le();
        break;
    }
    case 8: {
        n_start_pc = false;
        m_start_pc = m__io->read_s8le();
        break;
    }
    }
    n_end_pc = true;
    switch (_root()->header()->len_int()) {
    case 4: {
        n_end_pc = false;
        m_end_pc = m__io->read_s4le();
        break;
    }
    case 8: {
        n_end_pc = false;
        m_end_pc = m__io->read_s8le();
        break;
    }
    }
}

void lua53_chunk_t::proto_t::local_var_t::_read_be() {
    m_name = new lua_string_t(m__io, this, m__root, m__is_le);
    n_start_pc = true;
    switch (_root()->header()->len_int()) {
    case 4: {
        n_start_pc = false;
        m_start_pc = m__io->read_s4be();
        break;
    }
    case 8: {
        n_start_pc = false;
        m_start_pc = m__io->read_s8be();
        break;
    }
    }
    n_end_pc = true;
    switch (_root()->header()->len_int()) {
    case 4: {
        n_end_pc = false;
        m_end_pc = m__io->read_s4be();
        break;
    }
    case 8: {
        n_end_pc = false;
        m_end_pc = m__io->read_s8be();
        break;
    }
    }
}

lua53_chunk_t::proto_t::local_var_t::~local_var_t() {
    _clean_up();
}

void lua53_chunk_t::proto_t::local_var_t::_clean_up() {
    if (m_name) {
        delete m_name; m_name = 0;
    }
    if (!n_start_pc) {
    }
    if (!n_end_pc) {
    }
}

lua53_chunk_t::proto_t::lua_string_t::lua_string_t(kaitai::kstream* p__io, kaitai::kstruct* p__parent, lua53_chunk_t* p__root, int p_is_le) : kaitai::kstruct(p__io) {
    m__parent = p__parent;
    m__root = p__root;
    m__is_le = p_is_le;

    try {
        _read();
    } catch(...) {
        _clean_up();
        throw;
    }
}

void lua53_chunk_t::proto_t::lua_string_t::_read() {

    if (m__is_le == -1) {
        throw kaitai::undecided_endianness_error("/types/proto/types/lua_string");
    } else if (m__is_le == 1) {
        _read_le();
    } else {
        _read_be();
    }
}

void lua53_chunk_t::proto_t::lua_string_t::_read_le() {
    m_len_short = m__io->read_u1();
    n_len_long = true;
    if (len_short() == 255) {
        n_len_long = false;
        n_len_long = true;
        switch (_root()->header()->len_size_t()) {
        case 4: {
            n_len_long = false;
            m_len_long = m__io->read_u4le();
            break;
        }
        case 8: {
            n_len_long = false;
            m_len_long = m__io->read_u8le();
            break;
        }
        }
    }
    n_value = true;
    if ( ((len_short() != 0) && ( ((len_short() != 255) || (len_long() != 0)) )) ) {
        n_value = false;
        m_value = m__io->read_bytes(((len_short() == 255) ? (len_long()) : (len_short())) - 1);
    }
}

void lua53_chunk_t::proto_t::lua_string_t::_read_be() {
    m_len_short = m__io->read_u1();
    n_len_long = true;
    if (len_short() == 255) {
        n_len_long = false;
        n_len_long = true;
        switch (_root()->header()->len_size_t()) {
        case 4: {
            n_len_long = false;
            m_len_long = m__io->read_u4be();
            break;
        }
        case 8: {
            n_len_long = false;
            m_len_long = m__io->read_u8be();
            break;
        }
        }
    }
    n_value = true;
    if ( ((len_short() != 0) && ( ((len_short() != 255) || (len_long() != 0)) )) ) {
        n_value = false;
        m_value = m__io->read_bytes(((len_short() == 255) ? (len_long()) : (len_short())) - 1);
    }
}

lua53_chunk_t::proto_t::lua_string_t::~lua_string_t() {
    _clean_up();
}

void lua53_chunk_t::proto_t::lua_string_t::_clean_up() {
    if (!n_len_long) {
    }
    if (!n_value) {
    }
}

lua53_chunk_t::proto_t::upvalue_t::upvalue_t(kaitai::kstream* p__io, lua53_chunk_t::proto_t* p__parent, lua53_chunk_t* p__root, int p_is_le) : kaitai::kstruct(p__io) {
    m__parent = p__parent;
    m__root = p__root;
    m__is_le = p_is_le;

    try {
        _read();
    } catch(...) {
        _clean_up();
        throw;
    }
}

void lua53_chunk_t::proto_t::upvalue_t::_read() {

    if (m__is_le == -1) {
        throw kaitai::undecided_endianness_error("/types/proto/types/upvalue");
    } else if (m__is_le == 1) {
        _read_le();
    } else {
        _read_be();
    }
}

void lua53_chunk_t::proto_t::upvalue_t::_read_le() {
    m_in_stack = m__io->read_u1();
    m_index = m__io->read_u1();
}

void lua53_chunk_t::proto_t::upvalue_t::_read_be() {
    m_in_stack = m__io->read_u1();
    m_index = m__io->read_u1();
}

lua53_chunk_t::proto_t::upvalue_t::~upvalue_t() {
    _clean_up();
}

void lua53_chunk_t::proto_t::upvalue_t::_clean_up() {
}
