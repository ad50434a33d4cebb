// Makes a Chunk of bytes, as python_parser.py does, with the parser in C++ that kaitai-struct-compiler makes of the same spec.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <algorithm>
#include <cstdlib>
#include <cxxabi.h>
#include <new>

#include "kaitai/kaitaistruct.h"
#include "lua53_chunk.h"
#include "lua53_chunk_checksum.h"

namespace {

// An exception of Python is set.
struct Failed {};

PyObject *checked(PyObject *object)
{
    if (!object)
        throw Failed();
    return object;
}

// Owns a reference to an object of Python, and drops it at the end of its life.
class Held {
  public:
    explicit Held(PyObject *object) : object_(checked(object)) {}
    Held(const Held &) = delete;
    Held &operator=(const Held &) = delete;
    Held(Held &&other) noexcept : object_(other.object_) { other.object_ = nullptr; }
    ~Held() { Py_XDECREF(object_); }

    PyObject *get() const { return object_; }
    PyObject *given_away()
    {
        PyObject *object = object_;
        object_ = nullptr;
        return object;
    }

  private:
    PyObject *object_;
};

Held none()
{
    Py_INCREF(Py_None);
    return Held(Py_None);
}

Held number(std::int64_t value) { return Held(PyLong_FromLongLong(value)); }

Held truth(bool value) { return Held(PyBool_FromLong(value)); }

Held bytes(const std::string &text)
{
    return Held(PyBytes_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size())));
}

// A class of model.py, whose instances are frozen: their fields are set as pickle sets them, past its __setattr__.
class Model {
  public:
    void import(PyObject *module, const char *name, std::initializer_list<const char *> fields)
    {
        type_ = reinterpret_cast<PyTypeObject *>(checked(PyObject_GetAttrString(module, name)));
        for (const char *field : fields)
            fields_.push_back(checked(PyUnicode_InternFromString(field)));
    }

    // An instance with the values of its fields, in their order.
    template <typename... Values> Held with(const Values &...values) const
    {
        Held object(type_->tp_alloc(type_, 0));
        auto field = fields_.begin();
        for (const Held *value : {&values...})
            if (PyObject_GenericSetAttr(object.get(), *field++, value->get()) < 0)
                throw Failed();
        return object;
    }

  private:
    PyTypeObject *type_ = nullptr;
    std::vector<PyObject *> fields_;
};

Model Header, Chunk, Proto, Upvalue, LocalVar, Unusual;
PyObject *array_type;

// A tuple with what `make` returns for each item. The generated loops count with an int, so a count that an int cannot hold
// does not agree with the number of items, and is refused here.
template <typename Items, typename Make> Held tuple(const Items &items, std::int64_t count, Make make)
{
    if (static_cast<std::uint64_t>(count) != items.size())
        throw kaitai::refused();
    Held made(PyTuple_New(static_cast<Py_ssize_t>(items.size())));
    Py_ssize_t place = 0;
    for (auto *item : items)
        PyTuple_SET_ITEM(made.get(), place++, make(*item).given_away());
    return made;
}

// An array of the numbers in `raw`, whose byte order is the header's. Where the size of `raw` is a product that overflowed, it
// does not agree with the count, and is refused here.
Held array(const char *code, const std::string &raw, std::int64_t count, int width, bool is_big_endian)
{
    if (raw.size() % width || raw.size() / width != static_cast<std::uint64_t>(count))
        throw kaitai::refused();
    Held numbers(PyObject_CallFunction(array_type, "sy#", code, raw.data(), static_cast<Py_ssize_t>(raw.size())));
    if (is_big_endian != static_cast<bool>(PY_BIG_ENDIAN))
        Held(PyObject_CallMethod(numbers.get(), "byteswap", nullptr));
    return numbers;
}

using proto_t = lua53_chunk_t::proto_t;

constexpr std::uint64_t MAX_SHORT_STRING = 40; // llimits.h: LUAI_MAXSHORTLEN

// What a function stores otherwise than Lua writes it, in the order of the fields.
class UnusualList {
  public:
    void string(const char *field, std::int64_t index, proto_t::lua_string_t &tree)
    {
        if (tree.len_short() == 0xff && tree.len_long() < 0xff)
            add(field, index, 0, false, true);
    }

    void constant(std::int64_t index, proto_t::constant_t &tree)
    {
        switch (tree.kind()) {
        case lua53_chunk_t::CONSTANT_TYPE_BOOLEAN:
            if (tree.boolean() > 1)
                add("constants", index, tree.boolean(), false, false);
            break;
        case lua53_chunk_t::CONSTANT_TYPE_SHORT_STRING:
        case lua53_chunk_t::CONSTANT_TYPE_LONG_STRING: {
            bool has_long_length = tree.len_short() == 0xff;
            std::uint64_t length = has_long_length ? tree.len_long() : tree.len_short();
            auto *types = tree._root();
            int usual = length <= MAX_SHORT_STRING + 1 ? types->short_string_type() : types->long_string_type();
            if (tree.type() != usual || (has_long_length && length < 0xff))
                add("constants", index, 0, tree.type() != usual, has_long_length && length < 0xff);
            break;
        }
        default:
            break;
        }
    }

    Held as_tuple() const
    {
        Held made(PyTuple_New(static_cast<Py_ssize_t>(found_.size())));
        for (std::size_t i = 0; i < found_.size(); i++) {
            Py_INCREF(found_[i].get());
            PyTuple_SET_ITEM(made.get(), static_cast<Py_ssize_t>(i), found_[i].get());
        }
        return made;
    }

  private:
    void add(const char *field, std::int64_t index, int byte, bool has_other_type, bool has_long_length)
    {
        Held name(PyUnicode_InternFromString(field));
        found_.push_back(Unusual.with(name, number(index), number(byte), truth(has_other_type), truth(has_long_length)));
    }

    std::vector<Held> found_;
};

Held string(proto_t::lua_string_t &tree) { return tree._is_null_value() ? none() : bytes(tree.value()); }

Held constant(proto_t::constant_t &tree)
{
    switch (tree.kind()) {
    case lua53_chunk_t::CONSTANT_TYPE_SHORT_STRING:
    case lua53_chunk_t::CONSTANT_TYPE_LONG_STRING:
        return bytes(tree.string());
    case lua53_chunk_t::CONSTANT_TYPE_INTEGER:
        return number(tree.integer());
    case lua53_chunk_t::CONSTANT_TYPE_NUMBER:
        return Held(PyFloat_FromDouble(tree.number()));
    case lua53_chunk_t::CONSTANT_TYPE_BOOLEAN:
        return truth(tree.boolean() != 0);
    default:
        return none();
    }
}

Held local_var(proto_t::local_var_t &tree)
{
    return LocalVar.with(string(*tree.name()), number(tree.start_pc()), number(tree.end_pc()));
}

Held unusual_of(proto_t &tree)
{
    UnusualList found;
    std::int64_t i = 0;
    found.string("source", 0, *tree.source());
    for (auto *each : *tree.constants())
        found.constant(i++, *each);
    i = 0;
    for (auto *each : *tree.local_vars())
        found.string("local_vars", i++, *each->name());
    i = 0;
    for (auto *each : *tree.upvalue_names())
        found.string("upvalues", i++, *each);
    return found.as_tuple();
}

Held proto(proto_t &tree)
{
    auto *header = tree._root()->header();
    bool is_big_endian = header->is_big_endian();
    auto names = tree.upvalue_names();
    std::size_t next_name = 0;
    auto upvalue = [&](proto_t::upvalue_t &of) {
        Held name = next_name < names->size() ? string(*names->at(next_name++)) : none();
        return Upvalue.with(name, number(of.in_stack()), number(of.index()));
    };
    if (static_cast<std::uint64_t>(std::max<std::int64_t>(tree.num_upvalue_names(), 0)) != names->size())
        throw kaitai::refused();
    Held unusual = unusual_of(tree);
    return Proto.with(
        string(*tree.source()), number(tree.line_defined()), number(tree.last_line_defined()), number(tree.num_params()),
        number(tree.is_vararg()), number(tree.max_stack_size()),
        array("I", tree._raw_code(), tree.num_instructions(), 4, is_big_endian),
        tuple(*tree.constants(), tree.num_constants(), constant), tuple(*tree.upvalues(), tree.num_upvalues(), upvalue),
        tuple(*tree.protos(), tree.num_protos(), proto),
        array(header->len_int() == 4 ? "i" : "q", tree._raw_line_info(), tree.num_line_info(), header->len_int(), is_big_endian),
        tuple(*tree.local_vars(), tree.num_local_vars(), local_var), number(tree.num_upvalue_names()), unusual);
}

// Whether exceptions can be thrown. A thread's first one takes memory for what the thread knows of exceptions, and glibc ends the
// process where there is none; so it is taken here, after a look whether there is some.
bool can_throw()
{
    void *probe = std::malloc(1 << 16);
    std::free(probe);
    return probe && abi::__cxa_get_globals();
}

// What `make` returns of a parser and the stream that it read, or None where the spec refuses the bytes. The parser is told the
// types of constants, in the order of the spec's parameters.
template <typename Make> PyObject *parsed(PyObject *data, const unsigned char *types, Make make)
{
    if (!can_throw())
        return PyErr_NoMemory();
    char *start;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(data, &start, &size) < 0)
        return nullptr;
    try {
        kaitai::kstream stream(start, static_cast<std::size_t>(size));
        lua53_chunk_t tree(types[0], types[1], types[2], types[3], types[4], types[5], &stream);
        return make(tree, stream).given_away();
    } catch (const kaitai::refused &) {
        Py_RETURN_NONE;
    } catch (const std::bad_alloc &) {
        return PyErr_NoMemory();
    } catch (const Failed &) {
        return nullptr;
    }
}

Held chunk(lua53_chunk_t &tree)
{
    auto *head = tree.header();
    Held header = Header.with(truth(head->is_big_endian()), number(head->len_int()), number(head->len_size_t()),
                              number(head->len_integer()), number(head->len_number()));
    return Chunk.with(header, number(tree.num_upvalues()), proto(*tree.main()), bytes(""));
}

constexpr unsigned char OFFICIAL_TYPES[] = {lua53_chunk_t::CONSTANT_TYPE_NIL,          lua53_chunk_t::CONSTANT_TYPE_BOOLEAN,
                                            lua53_chunk_t::CONSTANT_TYPE_NUMBER,       lua53_chunk_t::CONSTANT_TYPE_SHORT_STRING,
                                            lua53_chunk_t::CONSTANT_TYPE_INTEGER,      lua53_chunk_t::CONSTANT_TYPE_LONG_STRING};

PyObject *parse(PyObject *, PyObject *data)
{
    return parsed(data, OFFICIAL_TYPES, [](lua53_chunk_t &tree, kaitai::kstream &stream) {
        if (!stream.is_eof())
            throw kaitai::refused();
        return chunk(tree);
    });
}

PyObject *parse_start(PyObject *, PyObject *arguments)
{
    PyObject *data;
    const char *types;
    Py_ssize_t num_types;
    if (!PyArg_ParseTuple(arguments, "Sy#", &data, &types, &num_types))
        return nullptr;
    if (num_types != sizeof OFFICIAL_TYPES) {
        PyErr_SetString(PyExc_ValueError, "expected a byte for each type of constant");
        return nullptr;
    }
    return parsed(data, reinterpret_cast<const unsigned char *>(types), [](lua53_chunk_t &tree, kaitai::kstream &stream) {
        Held whole = chunk(tree), end = number(static_cast<std::int64_t>(stream.pos()));
        return Held(PyTuple_Pack(2, whole.get(), end.get()));
    });
}

PyMethodDef functions[] = {
    {"parse", parse, METH_O, "parse(data: bytes) -> Chunk | None\n\nThe chunk, or None where the spec refuses these bytes."},
    {"parse_start", parse_start, METH_VARARGS,
     "parse_start(data: bytes, types: bytes) -> tuple[Chunk, int] | None\n\nThe chunk that these bytes start with, and where it "
     "ends, by the types of constants of a dialect; or None where the spec refuses them."},
    {nullptr, nullptr, 0, nullptr},
};

PyModuleDef module = {PyModuleDef_HEAD_INIT, "_compiled", nullptr, -1, functions, nullptr, nullptr, nullptr, nullptr};

} // namespace

PyMODINIT_FUNC PyInit__compiled()
{
    try {
        Held model(PyImport_ImportModule("aidec.bytecode.model")), array(PyImport_ImportModule("array"));
        Header.import(model.get(), "Header", {"is_big_endian", "len_int", "len_size_t", "len_integer", "len_number"});
        Chunk.import(model.get(), "Chunk", {"header", "num_upvalues", "main", "rest"});
        Proto.import(model.get(), "Proto",
                     {"source", "line_defined", "last_line_defined", "num_params", "is_vararg", "max_stack_size", "code",
                      "constants", "upvalues", "protos", "line_info", "local_vars", "num_upvalue_names", "unusual"});
        Upvalue.import(model.get(), "Upvalue", {"name", "in_stack", "index"});
        LocalVar.import(model.get(), "LocalVar", {"name", "start_pc", "end_pc"});
        Unusual.import(model.get(), "Unusual", {"field", "index", "byte", "has_other_type", "has_long_length"});
        array_type = checked(PyObject_GetAttrString(array.get(), "array"));
        Held compiled(PyModule_Create(&module));
        Held checksum(PyLong_FromUnsignedLong(LUA53_CHUNK_CHECKSUM));
        if (PyObject_SetAttrString(compiled.get(), "CHECKSUM", checksum.get()) < 0)
            throw Failed();
        return compiled.given_away();
    } catch (const Failed &) {
        return nullptr;
    }
}
