/* The functions of pure.py, which tells what they do, compiled. tests/test_kernels.py holds the two equal.

Every size and every index is checked: columns come from data, and from templates. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Columns of integers */

typedef struct {
    Py_buffer view;
    Py_ssize_t size;
    char code;
} Ints;

static int ints_open(Ints *ints, PyObject *object, Py_ssize_t rows)
{
    if (PyObject_GetBuffer(object, &ints->view, PyBUF_CONTIG_RO | PyBUF_FORMAT) < 0)
        return -1;
    const char *format = ints->view.format ? ints->view.format : "B";
    ints->code = format[0];
    ints->size = ints->view.itemsize ? ints->view.len / ints->view.itemsize : 0;
    if (!format[0] || format[1] || !strchr("BHIiq", format[0]))
        PyErr_Format(PyExc_TypeError, "a column of integers can't have the format '%s'", format);
    else if (ints->size < rows)
        PyErr_Format(PyExc_ValueError, "a column has %zd of %zd rows", ints->size, rows);
    else
        return 0;
    PyBuffer_Release(&ints->view);
    return -1;
}

static inline int64_t ints_at(const Ints *ints, Py_ssize_t place)
{
    const void *data = ints->view.buf;
    switch (ints->code) {
    case 'B':
        return ((const uint8_t *)data)[place];
    case 'H':
        return ((const uint16_t *)data)[place];
    case 'I':
        return ((const uint32_t *)data)[place];
    case 'i':
        return ((const int32_t *)data)[place];
    default:
        return ((const int64_t *)data)[place];
    }
}

/* New integers, as a memoryview that takes over the bytes. */
static PyObject *new_view(PyObject *bytes, const char *format)
{
    PyObject *view = bytes ? PyMemoryView_FromObject(bytes) : NULL;
    Py_XDECREF(bytes);
    if (!view)
        return NULL;
    PyObject *ints = PyObject_CallMethod(view, "cast", "s", format);
    Py_DECREF(view);
    return ints;
}

/* New integers of 32 bits; those that fit into one or two bytes take no more, since there are many columns at once. */
static PyObject *new_ints(PyObject *bytes)
{
    const int32_t *values = (const int32_t *)PyBytes_AS_STRING(bytes);
    Py_ssize_t size = PyBytes_GET_SIZE(bytes) / 4;
    uint32_t bits = 0;
    for (Py_ssize_t i = 0; i < size; i++)
        bits |= (uint32_t)values[i];
    if (bits > UINT16_MAX)
        return new_view(bytes, "i");
    PyObject *narrow = PyBytes_FromStringAndSize(NULL, bits > UINT8_MAX ? size * 2 : size);
    if (narrow) {
        uint8_t *data = (uint8_t *)PyBytes_AS_STRING(narrow);
        for (Py_ssize_t i = 0; i < size; i++)
            if (bits > UINT8_MAX)
                ((uint16_t *)data)[i] = (uint16_t)values[i];
            else
                data[i] = (uint8_t)values[i];
    }
    Py_DECREF(bytes);
    return new_view(narrow, bits > UINT8_MAX ? "H" : "B");
}

/* New integers of 64 bits, in 32 where they fit. */
static PyObject *new_numbers(PyObject *bytes)
{
    int64_t *values = (int64_t *)PyBytes_AS_STRING(bytes);
    Py_ssize_t size = PyBytes_GET_SIZE(bytes) / 8;
    for (Py_ssize_t i = 0; i < size; i++)
        if (values[i] != (int32_t)values[i])
            return new_view(bytes, "q");
    PyObject *narrow = PyBytes_FromStringAndSize(NULL, size * 4);
    for (Py_ssize_t i = 0; narrow && i < size; i++)
        ((int32_t *)PyBytes_AS_STRING(narrow))[i] = (int32_t)values[i];
    Py_DECREF(bytes);
    return narrow ? new_ints(narrow) : NULL;
}

/* Adds a column times a factor to sums; -1 where a number does not fit. */
static int add_times(int64_t *sums, Py_ssize_t rows, const Ints *column, int64_t factor)
{
    int over = 0;
    for (Py_ssize_t row = 0; row < rows; row++) {
        int64_t product;
        over |= __builtin_mul_overflow(ints_at(column, row), factor, &product);
        over |= __builtin_add_overflow(sums[row], product, &sums[row]);
    }
    return over ? -1 : 0;
}

static PyObject *total(PyObject *self, PyObject *args)
{
    PyObject *columns, *factors;
    long long constant;
    Py_ssize_t rows;
    if (!PyArg_ParseTuple(args, "O!O!Ln:total", &PyList_Type, &columns, &PyList_Type, &factors, &constant, &rows))
        return NULL;
    if (rows < 0 || rows > INT32_MAX / 4 || PyList_GET_SIZE(columns) != PyList_GET_SIZE(factors)) {
        PyErr_SetString(PyExc_ValueError, "too many rows, or not a factor for each column");
        return NULL;
    }
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, rows * 8);
    if (!bytes)
        return NULL;
    int64_t *sums = (int64_t *)PyBytes_AS_STRING(bytes);
    for (Py_ssize_t row = 0; row < rows; row++)
        sums[row] = constant;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(columns); i++) {
        Ints column;
        long long factor = PyLong_AsLongLong(PyList_GET_ITEM(factors, i));
        if (PyErr_Occurred() || ints_open(&column, PyList_GET_ITEM(columns, i), rows) < 0) {
            Py_DECREF(bytes);
            return NULL;
        }
        int state = add_times(sums, rows, &column, factor);
        PyBuffer_Release(&column.view);
        if (state < 0) {
            PyErr_SetString(PyExc_OverflowError, "a sum does not fit into 64 bits");
            Py_DECREF(bytes);
            return NULL;
        }
    }
    return new_numbers(bytes);
}

static PyObject *ranges(PyObject *self, PyObject *args)
{
    PyObject *object, *list, *bytes = NULL;
    Ints column;
    if (!PyArg_ParseTuple(args, "OO!:ranges", &object, &PyList_Type, &list) || ints_open(&column, object, 0) < 0)
        return NULL;
    Py_ssize_t count = PyList_GET_SIZE(list);
    int64_t *bounds = PyMem_New(int64_t, count + 1);
    if (!bounds) {
        PyErr_NoMemory();
        goto done;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        bounds[i] = PyLong_AsLongLong(PyList_GET_ITEM(list, i));
    if (PyErr_Occurred() || !(bytes = PyBytes_FromStringAndSize(NULL, column.size * 4)))
        goto done;
    int32_t *found = (int32_t *)PyBytes_AS_STRING(bytes);
    for (Py_ssize_t row = 0; row < column.size; row++) {
        int64_t number = ints_at(&column, row);
        int32_t range = 0;
        while (range < count && number >= bounds[range])
            range++;
        found[row] = range;
    }
done:
    PyMem_Free(bounds);
    PyBuffer_Release(&column.view);
    return bytes ? new_ints(bytes) : NULL;
}

static PyObject *operand(PyObject *self, PyObject *args)
{
    PyObject *object;
    unsigned int shift, mask;
    int less;
    Ints words;
    if (!PyArg_ParseTuple(args, "OIIi:operand", &object, &shift, &mask, &less) || ints_open(&words, object, 0) < 0)
        return NULL;
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, words.size * 4);
    if (bytes) {
        int32_t *values = (int32_t *)PyBytes_AS_STRING(bytes);
        for (Py_ssize_t place = 0; place < words.size; place++)
            values[place] = (int32_t)((ints_at(&words, place) >> (shift & 31)) & mask) - less;
    }
    PyBuffer_Release(&words.view);
    return bytes ? new_ints(bytes) : NULL;
}

static PyObject *kinds(PyObject *self, PyObject *object)
{
    Ints words;
    if (ints_open(&words, object, 0) < 0)
        return NULL;
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, words.size * 4);
    if (bytes) {
        int32_t *values = (int32_t *)PyBytes_AS_STRING(bytes);
        for (Py_ssize_t place = 0; place < words.size; place++) {
            uint32_t word = (uint32_t)ints_at(&words, place);
            uint32_t b = word >> 23, c = word >> 14 & 0x1FF;
            values[place] = (int32_t)((word & 0x3F) | (b >> 8) << 6 | (c >> 8) << 7 | !b << 8 | !c << 9);
        }
    }
    PyBuffer_Release(&words.view);
    return bytes ? new_ints(bytes) : NULL;
}

static PyObject *take(PyObject *self, PyObject *args)
{
    PyObject *object, *list, *bytes = NULL;
    Ints codes;
    if (!PyArg_ParseTuple(args, "OO!:take", &object, &PyList_Type, &list) || ints_open(&codes, object, 0) < 0)
        return NULL;
    Py_ssize_t size = PyList_GET_SIZE(list);
    int32_t *numbers = PyMem_New(int32_t, size + 1);
    if (!numbers) {
        PyErr_NoMemory();
        goto done;
    }
    for (Py_ssize_t i = 0; i < size; i++)
        numbers[i] = (int32_t)PyLong_AsLong(PyList_GET_ITEM(list, i));
    if (PyErr_Occurred() || !(bytes = PyBytes_FromStringAndSize(NULL, codes.size * 4)))
        goto done;
    int32_t *values = (int32_t *)PyBytes_AS_STRING(bytes);
    for (Py_ssize_t place = 0; place < codes.size; place++) {
        int64_t code = ints_at(&codes, place);
        if (code < 0 || code >= size) {
            PyErr_SetString(PyExc_IndexError, "a code has no number");
            Py_CLEAR(bytes);
            goto done;
        }
        values[place] = numbers[code];
    }
done:
    PyMem_Free(numbers);
    PyBuffer_Release(&codes.view);
    return bytes ? new_ints(bytes) : NULL;
}

static PyObject *rows_with(PyObject *self, PyObject *args)
{
    PyObject *object;
    long long number;
    Ints codes;
    if (!PyArg_ParseTuple(args, "OL:rows_with", &object, &number) || ints_open(&codes, object, 0) < 0)
        return NULL;
    Py_ssize_t count = 0;
    for (Py_ssize_t row = 0; row < codes.size; row++)
        count += ints_at(&codes, row) == number;
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, codes.size > INT32_MAX ? -1 : count * 4);
    if (bytes) {
        int32_t *rows = (int32_t *)PyBytes_AS_STRING(bytes);
        for (Py_ssize_t row = 0; row < codes.size; row++)
            if (ints_at(&codes, row) == number)
                *rows++ = (int32_t)row;
    }
    PyBuffer_Release(&codes.view);
    return bytes ? new_ints(bytes) : NULL;
}

/* Where a group of rows starts and ends, which must be rows. */
static int group_at(const Ints *offsets, Py_ssize_t group, Py_ssize_t rows, int64_t *start, int64_t *end)
{
    *start = ints_at(offsets, group);
    *end = ints_at(offsets, group + 1);
    if (*start >= 0 && *start <= *end && *end <= rows)
        return 0;
    PyErr_SetString(PyExc_ValueError, "offsets are not those of these rows");
    return -1;
}

static PyObject *cumcount(PyObject *self, PyObject *object)
{
    Ints offsets;
    int64_t start, end;
    if (ints_open(&offsets, object, 1) < 0)
        return NULL;
    int64_t rows = ints_at(&offsets, offsets.size - 1);
    PyObject *bytes = NULL;
    if (ints_at(&offsets, 0) != 0)
        PyErr_SetString(PyExc_ValueError, "offsets start at 0");
    else if (rows < 0 || rows > INT32_MAX)
        PyErr_SetString(PyExc_ValueError, "too many rows");
    else
        bytes = PyBytes_FromStringAndSize(NULL, rows * 4);
    int32_t *values = bytes ? (int32_t *)PyBytes_AS_STRING(bytes) : NULL;
    for (Py_ssize_t group = 0; bytes && group + 1 < offsets.size; group++) {
        if (group_at(&offsets, group, rows, &start, &end) < 0)
            Py_CLEAR(bytes);
        for (int64_t row = start; bytes && row < end; row++)
            values[row] = (int32_t)(row - start);
    }
    PyBuffer_Release(&offsets.view);
    return bytes ? new_ints(bytes) : NULL;
}

#define MAXARG_SBX 0x1FFFF

static int add_jump(PyObject *targets, int64_t from, int64_t to)
{
    PyObject *place = PyLong_FromLongLong(from), *target = PyLong_FromLongLong(to);
    int state = place && target ? PyDict_SetItem(targets, place, target) : -1;
    Py_XDECREF(place);
    Py_XDECREF(target);
    return state;
}

static PyObject *jump_targets(PyObject *self, PyObject *args)
{
    PyObject *words_object, *offsets_object, *targets = NULL;
    const unsigned char *roles;
    Py_ssize_t num_roles;
    int64_t start, end;
    Ints words, offsets;
    if (!PyArg_ParseTuple(args, "OOy#:jump_targets", &words_object, &offsets_object, &roles, &num_roles) ||
        ints_open(&words, words_object, 0) < 0)
        return NULL;
    if (ints_open(&offsets, offsets_object, 1) < 0) {
        PyBuffer_Release(&words.view);
        return NULL;
    }
    if (num_roles != 256)
        PyErr_SetString(PyExc_ValueError, "there is a role for each byte");
    else
        targets = PyDict_New();
    for (Py_ssize_t group = 0; targets && group + 1 < offsets.size; group++) {
        if (group_at(&offsets, group, words.size, &start, &end) < 0)
            Py_CLEAR(targets);
        for (int64_t place = start; targets && place < end; place++) {
            int role = roles[ints_at(&words, place) & 0xFF];
            int64_t jump = place + (role == 2);
            if (!role || jump >= end)
                continue;
            int64_t target = jump + 1 + (ints_at(&words, jump) >> 14 & 0x3FFFF) - MAXARG_SBX;
            if (target >= start && target < end && add_jump(targets, jump, target) < 0)
                Py_CLEAR(targets);
        }
    }
    PyBuffer_Release(&words.view);
    PyBuffer_Release(&offsets.view);
    return targets;
}

/* What functions introduce, as pure.introductions returns it. */
typedef struct {
    int32_t *rows;
    Py_ssize_t size;
} Introductions;

static int32_t constant_of(uint32_t word, int role, int operand)
{
    if (role & 1)
        return operand ? -1 : (int32_t)(word >> 14);
    if (role & 8 && word >> 31)
        return -1;
    if (operand)
        return role & 4 && word >> 22 & 1 ? (int32_t)(word >> 14 & 0xFF) : -1;
    return role & 2 && word >> 31 ? (int32_t)(word >> 23 & 0xFF) : -1;
}

/* Notes what an instruction introduces of the constants from first to last; returns the next that is expected. */
static int64_t introduce(Introductions *found, int64_t place, uint32_t word, int role, int64_t first, int64_t last,
                         int64_t expected)
{
    for (int operand = 0; operand < 2; operand++) {
        int32_t index = constant_of(word, role, operand);
        int64_t used = first + index;
        if (index < 0 || used < expected || used >= last)
            continue;
        if (used == expected) {
            found->rows[operand * found->size + place] = (int32_t)used;
            found->rows[2 * found->size + used] = 1;
        }
        expected = used + 1;
    }
    return expected;
}

/* Fills in what all functions introduce; -1 where the offsets are not those of the rows. */
static int introduce_all(Introductions *found, const Ints *words, const Ints *offsets, const Ints *constants,
                         Py_ssize_t num_constants, const unsigned char *roles)
{
    int64_t start, end, first, last;
    for (Py_ssize_t group = 0; group + 1 < offsets->size; group++) {
        if (group_at(offsets, group, words->size, &start, &end) < 0 ||
            group_at(constants, group, num_constants, &first, &last) < 0)
            return -1;
        int64_t expected = first;
        for (int64_t place = start; place < end; place++) {
            uint32_t word = (uint32_t)ints_at(words, place);
            expected = introduce(found, place, word, roles[word & 0x3F], first, last, expected);
        }
    }
    return 0;
}

static PyObject *introduced_in(const Ints *words, const Ints *offsets, const Ints *constants, const unsigned char *roles)
{
    int64_t num_constants = ints_at(constants, constants->size - 1);
    if (words->size > INT32_MAX / 16 || num_constants < 0 || num_constants > INT32_MAX / 16) {
        PyErr_SetString(PyExc_ValueError, "too many rows");
        return NULL;
    }
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (words->size * 2 + num_constants) * 4);
    if (!bytes)
        return NULL;
    Introductions found = {(int32_t *)PyBytes_AS_STRING(bytes), words->size};
    memset(found.rows, 0xFF, words->size * 8);
    memset(found.rows + words->size * 2, 0, num_constants * 4);
    if (introduce_all(&found, words, offsets, constants, num_constants, roles) < 0) {
        Py_DECREF(bytes);
        return NULL;
    }
    return new_view(bytes, "i");
}

static PyObject *introductions(PyObject *self, PyObject *args)
{
    PyObject *objects[3], *result = NULL;
    const unsigned char *roles;
    Py_ssize_t num_roles;
    Ints columns[3];
    int opened = 0;
    if (!PyArg_ParseTuple(args, "OOOy#:introductions", &objects[0], &objects[1], &objects[2], &roles, &num_roles))
        return NULL;
    while (opened < 3 && ints_open(&columns[opened], objects[opened], opened ? 1 : 0) == 0)
        opened++;
    if (opened == 3) {
        if (num_roles != 64 || columns[1].size != columns[2].size)
            PyErr_SetString(PyExc_ValueError, "there is a role for each opcode, and an offset for each function");
        else
            result = introduced_in(&columns[0], &columns[1], &columns[2], roles);
    }
    while (opened)
        PyBuffer_Release(&columns[--opened].view);
    return result;
}

/* The piece of a value; a key that is not to be remembered is put on the list of those. */
static PyObject *remembered_piece(PyObject *known, PyObject *value, PyObject *make_key, PyObject *make,
                                  Py_ssize_t longest, PyObject *forgotten)
{
    PyObject *key = PyBytes_CheckExact(value) ? Py_NewRef(value) : PyObject_CallOneArg(make_key, value);
    PyObject *piece = key ? Py_XNewRef(PyDict_GetItemWithError(known, key)) : NULL;
    if (key && !piece && !PyErr_Occurred() && (piece = PyObject_CallOneArg(make, value))) {
        int is_long = PyBytes_CheckExact(key) && PyBytes_GET_SIZE(key) > longest;
        if (PyDict_SetItem(known, key, piece) < 0 || (is_long && PyList_Append(forgotten, key) < 0))
            Py_CLEAR(piece);
    }
    Py_XDECREF(key);
    return piece;
}

static PyObject *remembered(PyObject *self, PyObject *args)
{
    PyObject *known, *values, *make_key, *make;
    Py_ssize_t longest;
    if (!PyArg_ParseTuple(args, "O!O!OOn:remembered", &PyDict_Type, &known, &PyList_Type, &values, &make_key, &make,
                          &longest))
        return NULL;
    PyObject *forgotten = PyList_New(0), *pieces = forgotten ? PyList_New(0) : NULL;
    for (Py_ssize_t i = 0; pieces && i < PyList_GET_SIZE(values); i++) {
        PyObject *value = Py_NewRef(PyList_GET_ITEM(values, i));
        PyObject *piece = remembered_piece(known, value, make_key, make, longest, forgotten);
        if (!piece || PyList_Append(pieces, piece) < 0)
            Py_CLEAR(pieces);
        Py_XDECREF(piece);
        Py_DECREF(value);
    }
    for (Py_ssize_t i = 0; pieces && i < PyList_GET_SIZE(forgotten); i++)
        if (PyDict_DelItem(known, PyList_GET_ITEM(forgotten, i)) < 0)
            Py_CLEAR(pieces);
    Py_XDECREF(forgotten);
    return pieces;
}

static int same_row(const Ints *columns, Py_ssize_t count, Py_ssize_t a, Py_ssize_t b)
{
    for (Py_ssize_t i = 0; i < count; i++)
        if (ints_at(&columns[i], a) != ints_at(&columns[i], b))
            return 0;
    return 1;
}

/* Fills codes, and places with the first row of each code, by a table of codes that is searched from a row's hash on.
   Returns how many codes there are. */
static int32_t number_rows(const Ints *columns, Py_ssize_t count, Py_ssize_t rows, const Ints *where, int32_t *codes,
                           int32_t *places, int32_t *table, uint64_t last)
{
    int32_t found = 0;
    memset(table, 0xFF, (last + 1) * sizeof(int32_t));
    for (Py_ssize_t row = 0; row < rows; row++) {
        codes[row] = -1;
        if (where && !ints_at(where, row))
            continue;
        uint64_t hash = 0;
        for (Py_ssize_t i = 0; i < count; i++)
            hash = (hash ^ (uint64_t)ints_at(&columns[i], row)) * 0x9E3779B97F4A7C15u;
        uint64_t slot = (hash >> 32) & last;
        while (table[slot] >= 0 && !same_row(columns, count, row, places[table[slot]]))
            slot = (slot + 1) & last;
        if (table[slot] < 0) {
            places[found] = (int32_t)row;
            table[slot] = found++;
        }
        codes[row] = table[slot];
    }
    for (Py_ssize_t row = 0; where && row < rows; row++)
        if (codes[row] < 0)
            codes[row] = found;
    return found;
}

static PyObject *factorize(PyObject *self, PyObject *args)
{
    PyObject *list, *where_object, *bytes = NULL, *result = NULL;
    Py_ssize_t rows, opened = 0;
    Ints where;
    int has_where = 0;
    if (!PyArg_ParseTuple(args, "O!nO:factorize", &PyList_Type, &list, &rows, &where_object))
        return NULL;
    if (rows < 0 || rows > INT32_MAX / 4) {
        PyErr_SetString(PyExc_ValueError, "too many rows");
        return NULL;
    }
    Py_ssize_t count = PyList_GET_SIZE(list);
    uint64_t last = 15;
    while (last < 2 * (uint64_t)rows)
        last = 2 * last + 1;
    Ints *columns = PyMem_New(Ints, count + 1);
    int32_t *places = PyMem_New(int32_t, rows + 1), *table = PyMem_New(int32_t, last + 1);
    if (!columns || !places || !table) {
        PyErr_NoMemory();
        goto done;
    }
    for (; opened < count; opened++)
        if (ints_open(&columns[opened], PyList_GET_ITEM(list, opened), rows) < 0)
            goto done;
    if (where_object != Py_None) {
        if (ints_open(&where, where_object, rows) < 0)
            goto done;
        has_where = 1;
    }
    if (!(bytes = PyBytes_FromStringAndSize(NULL, rows * 4)))
        goto done;
    int32_t *codes = (int32_t *)PyBytes_AS_STRING(bytes);
    int32_t found = number_rows(columns, count, rows, has_where ? &where : NULL, codes, places, table, last);
    PyObject *firsts = PyList_New(found);
    for (int32_t i = 0; firsts && i < found; i++) {
        PyObject *place = PyLong_FromLong(places[i]);
        if (!place)
            Py_CLEAR(firsts);
        else
            PyList_SET_ITEM(firsts, i, place);
    }
    PyObject *ints = firsts ? new_ints(bytes) : (Py_DECREF(bytes), NULL);
    if (ints)
        result = Py_BuildValue("(NN)", firsts, ints);
    else
        Py_XDECREF(firsts);
done:
    for (Py_ssize_t i = 0; i < opened; i++)
        PyBuffer_Release(&columns[i].view);
    if (has_where)
        PyBuffer_Release(&where.view);
    PyMem_Free(columns);
    PyMem_Free(places);
    PyMem_Free(table);
    return result;
}

/* Weaving */

#define BLOCK 32 /* bytes that are copied in one go: there is room for so many behind all that is written */

/* What is written: bytes; for text ASCII, or, where that is not enough, UTF-8. It stands in a bytes or str from the
   beginning, which need not be copied to be the result. */
typedef struct {
    PyObject *object;
    char *data;
    Py_ssize_t size, room;
    int is_text, is_ascii;
} Out;

typedef struct {
    const char *data;
    Py_ssize_t size;
} Span;

typedef struct Program Program;

typedef struct {
    enum { FIXED, ROWS, CODED, DECIMAL, GROUPED, SWITCH, EACH } kind;
    PyObject *items; /* the piece, or the list of pieces; of EACH the separator */
    Span *spans;     /* a copy of the pieces of a list that rows have again and again, each readable by blocks */
    char *copy;
    Py_ssize_t num_spans;
    PyObject *make;
    const uint8_t *cuts;
    Program *programs; /* of SWITCH, and of EACH, where it has one of its own */
    Py_ssize_t num_programs, rows;
    Ints ints, order;
    int has_ints, has_order;
} Column;

struct Program {
    Column *columns;
    Py_ssize_t count;
};

enum { DONE = 0, FAILED = -1, NO_UTF8 = -2 };

#define LONGEST_NUMBER 20 /* characters of the least integer of 64 bits */
#define MOST_GROUPS 8
#define CUTS_SIZE (2 * (LONGEST_NUMBER + 1) * MOST_GROUPS)
#define MOST_DIGITS 4
static const int BASES[] = {0, 1, 11, 111, 1111}; /* where the groups of so many digits start in the list of pieces */
#define NUM_UNSIGNED 11111

static int out_of_memory(void)
{
    PyErr_NoMemory();
    return FAILED;
}

static int out_resize(Out *out, Py_ssize_t room)
{
    if (!out->object)
        out->object = out->is_text ? PyUnicode_New(room, 127) : PyBytes_FromStringAndSize(NULL, room);
    else if (out->is_text ? PyUnicode_Resize(&out->object, room) : _PyBytes_Resize(&out->object, room)) {
        if (out->is_text)
            Py_CLEAR(out->object);
        return FAILED;
    }
    if (!out->object)
        return FAILED;
    out->data = out->is_text ? (char *)PyUnicode_1BYTE_DATA(out->object) : PyBytes_AS_STRING(out->object);
    out->room = room;
    return DONE;
}

static int out_grow(Out *out, Py_ssize_t size)
{
    Py_ssize_t room = out->room;
    while (size + BLOCK > room - out->size) {
        if (room > PY_SSIZE_T_MAX / 4)
            return out_of_memory();
        room = room ? 2 * room : 1 << 12;
    }
    return out_resize(out, room);
}

static inline int out_add(Out *out, const char *data, Py_ssize_t size)
{
    if (size + BLOCK > out->room - out->size && out_grow(out, size) != DONE)
        return FAILED;
    memcpy(out->data + out->size, data, size);
    out->size += size;
    return DONE;
}

/* The same of what can be read by blocks. */
static inline int out_add_blocks(Out *out, const char *data, Py_ssize_t size)
{
    if (size + BLOCK > out->room - out->size && out_grow(out, size) != DONE)
        return FAILED;
    char *to = out->data + out->size;
    for (Py_ssize_t done = 0; done < size; done += BLOCK)
        memcpy(to + done, data + done, BLOCK);
    out->size += size;
    return DONE;
}

/* What is in a piece; it stays there as long as the piece does. */
static inline int span_of(Out *out, PyObject *piece, Span *span)
{
    if (out->is_text && PyUnicode_Check(piece)) {
        if (PyUnicode_IS_COMPACT_ASCII(piece)) {
            *span = (Span){(const char *)PyUnicode_1BYTE_DATA(piece), PyUnicode_GET_LENGTH(piece)};
            return DONE;
        }
        out->is_ascii = 0;
        if ((span->data = PyUnicode_AsUTF8AndSize(piece, &span->size)))
            return DONE;
        if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
            return FAILED;
        PyErr_Clear();
        return NO_UTF8;
    }
    if (!out->is_text && PyBytes_Check(piece)) {
        *span = (Span){PyBytes_AS_STRING(piece), PyBytes_GET_SIZE(piece)};
        return DONE;
    }
    PyErr_Format(PyExc_TypeError, "a piece is %.100s", Py_TYPE(piece)->tp_name);
    return FAILED;
}

static inline int out_piece(Out *out, PyObject *piece)
{
    Span span;
    int state = span_of(out, piece, &span);
    return state ? state : out_add(out, span.data, span.size);
}

static int out_item(Out *out, PyObject *list, int64_t place)
{
    if (place < 0 || place >= PyList_GET_SIZE(list)) {
        PyErr_SetString(PyExc_IndexError, "a code has no piece");
        return FAILED;
    }
    return out_piece(out, PyList_GET_ITEM(list, (Py_ssize_t)place));
}

/* The digits of small numbers, each readable by blocks. */
#define NUM_SMALL 10000
static struct {
    char digits[7];
    uint8_t size;
} small[NUM_SMALL + BLOCK / 8];

static void fill_small(void)
{
    for (int number = 0; number < NUM_SMALL; number++)
        small[number].size = (uint8_t)snprintf(small[number].digits, sizeof small[number].digits, "%d", number);
}

/* Writes the decimal digits of a number before an end; returns where they start. */
static char *decimal(int64_t number, char *end)
{
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        *--end = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (number < 0)
        *--end = '-';
    return end;
}

static int out_groups(Out *out, const Column *column, const char *text, Py_ssize_t size)
{
    const uint8_t *cut = column->cuts + ((*text == '-') * (LONGEST_NUMBER + 1) + size) * MOST_GROUPS;
    const char *end = text + size;
    for (int group = 0; text < end; group++) {
        Py_ssize_t length = group < MOST_GROUPS ? cut[group] : 0;
        int is_signed = *text == '-';
        if (length <= 0 || length > end - text || length - is_signed > MOST_DIGITS) {
            PyErr_SetString(PyExc_ValueError, "the cuts are not those of this number");
            return FAILED;
        }
        int place = BASES[length - is_signed] + is_signed * NUM_UNSIGNED, value = 0;
        for (Py_ssize_t i = is_signed; i < length; i++)
            value = 10 * value + (text[i] - '0');
        place += value;
        if (place < PyList_GET_SIZE(column->items) && PyList_GET_ITEM(column->items, place) == Py_None) {
            PyObject *piece = PyObject_CallFunction(column->make, "s#", text, length);
            if (!piece || PyList_SetItem(column->items, place, piece) < 0)
                return FAILED;
        }
        int state = out_item(out, column->items, place);
        if (state)
            return state;
        text += length;
    }
    return DONE;
}

static int out_program(Out *out, const Program *program, Py_ssize_t row, const Program *around);

static int out_switch(Out *out, const Column *column, Py_ssize_t row, const Program *around)
{
    int64_t which = ints_at(&column->ints, row);
    if (which >= 0 && which < column->num_programs)
        return out_program(out, &column->programs[which], row, around);
    PyErr_SetString(PyExc_IndexError, "a row has no program");
    return FAILED;
}

/* The rows of another table that belong to a row; without a program of their own it is the table around. */
static int out_each(Out *out, const Column *column, Py_ssize_t row, const Program *around)
{
    const Program *program = column->num_programs ? column->programs : around;
    int64_t start, end;
    if (group_at(&column->ints, row, column->has_order ? column->order.size : column->rows, &start, &end) < 0)
        return FAILED;
    if (Py_EnterRecursiveCall(" in tables that nest"))
        return FAILED;
    int state = DONE;
    for (int64_t place = start; state == DONE && place < end; place++) {
        int64_t inner = column->has_order ? ints_at(&column->order, place) : place;
        if (inner < 0 || inner >= column->rows) {
            PyErr_SetString(PyExc_IndexError, "a table has no such row");
            state = FAILED;
        } else if (place == start || column->items == Py_None || (state = out_piece(out, column->items)) == DONE)
            state = out_program(out, program, inner, program);
    }
    Py_LeaveRecursiveCall();
    return state;
}

static inline int out_column(Out *out, const Column *column, Py_ssize_t row, const Program *around)
{
    char digits[LONGEST_NUMBER + 1], *end = digits + sizeof digits, *start;
    int64_t number;
    int is_decimal;
    if (column->spans) {
        int64_t code = ints_at(&column->ints, row);
        if (code < 0 || code >= column->num_spans)
            return out_item(out, column->items, -1);
        return out_add_blocks(out, column->spans[code].data, column->spans[code].size);
    }
    switch (column->kind) {
    case FIXED:
        return out_piece(out, column->items);
    case ROWS:
        return out_item(out, column->items, row);
    case CODED:
        return out_item(out, column->items, ints_at(&column->ints, row));
    case SWITCH:
        return out_switch(out, column, row, around);
    case EACH:
        return out_each(out, column, row, around);
    default:
        number = ints_at(&column->ints, row);
        is_decimal = column->kind == DECIMAL && out->is_text;
        if (number >= 0 && number < NUM_SMALL && is_decimal)
            return out_add_blocks(out, small[number].digits, small[number].size);
        start = decimal(number, end);
        return is_decimal ? out_add(out, start, end - start) : out_groups(out, column, start, end - start);
    }
}

static int out_program(Out *out, const Program *program, Py_ssize_t row, const Program *around)
{
    int state = DONE;
    const Column *end = program->columns + program->count;
    for (const Column *column = program->columns; state == DONE && column < end; column++)
        state = out_column(out, column, row, around);
    return state;
}

/* A copy of what was written. */
static PyObject *out_copy(const Out *out)
{
    if (!out->is_text)
        return PyBytes_FromStringAndSize(out->data, out->size);
    if (!out->is_ascii)
        return PyUnicode_DecodeUTF8(out->data, out->size, NULL);
    PyObject *piece = PyUnicode_New(out->size, 127);
    if (piece && out->size)
        memcpy(PyUnicode_1BYTE_DATA(piece), out->data, out->size);
    return piece;
}

/* What was written, which is taken over where it can be. */
static PyObject *out_taken(Out *out)
{
    if (!out->object || (out->is_text && !out->is_ascii))
        return out_copy(out);
    if (out_resize(out, out->size) != DONE)
        return NULL;
    PyObject *taken = out->object;
    out->object = NULL;
    return taken;
}

static void program_close(Program *program)
{
    for (Column *column = program->columns; column && column < program->columns + program->count; column++) {
        if (column->has_ints)
            PyBuffer_Release(&column->ints.view);
        if (column->has_order)
            PyBuffer_Release(&column->order.view);
        for (Py_ssize_t i = 0; i < column->num_programs; i++)
            program_close(&column->programs[i]);
        PyMem_Free(column->programs);
        PyMem_Free(column->spans);
        PyMem_Free(column->copy);
    }
    PyMem_Free(program->columns);
}

static int column_hold(Column *column, Out *out)
{
    Py_ssize_t count = PyList_GET_SIZE(column->items), size = 0;
    if (!(column->spans = PyMem_New(Span, count + 1)))
        return out_of_memory();
    for (Py_ssize_t i = 0; i < count; i++) {
        int state = span_of(out, PyList_GET_ITEM(column->items, i), &column->spans[i]);
        if (state)
            return state;
        size += column->spans[i].size;
    }
    if (!(column->copy = PyMem_Malloc(size + BLOCK)))
        return out_of_memory();
    char *end = column->copy;
    for (Span *span = column->spans; span < column->spans + count; span++) {
        memcpy(end, span->data, span->size);
        span->data = end;
        end += span->size;
    }
    column->num_spans = count;
    return DONE;
}

static int program_open(Program *program, PyObject *list, Py_ssize_t rows, Py_ssize_t around, Out *out);

/* What is opened is counted, or marked, as it is opened, so that program_close closes just that. */

static int column_ints(Column *column, PyObject *object, Py_ssize_t rows)
{
    if (ints_open(&column->ints, object, rows) < 0)
        return FAILED;
    column->has_ints = 1;
    return DONE;
}

static int coded_open(Column *column, PyObject *object, Py_ssize_t rows, Out *out)
{
    PyObject *items = PyTuple_GET_ITEM(object, 0), *cuts = NULL;
    column->items = items;
    if (PyList_Check(items))
        column->kind = CODED;
    else if (items == Py_None && out->is_text)
        column->kind = DECIMAL;
    else if (!PyTuple_Check(items)) {
        PyErr_SetString(PyExc_TypeError, "a column is of no kind");
        return FAILED;
    } else {
        column->kind = GROUPED;
        if (!PyArg_ParseTuple(items, "O!O!O;groups of digits", &PyBytes_Type, &cuts, &PyList_Type, &column->items,
                              &column->make))
            return FAILED;
        if (PyBytes_GET_SIZE(cuts) != CUTS_SIZE) {
            PyErr_SetString(PyExc_ValueError, "cuts of another size");
            return FAILED;
        }
        column->cuts = (const uint8_t *)PyBytes_AS_STRING(cuts);
    }
    if (column_ints(column, PyTuple_GET_ITEM(object, 1), rows) != DONE)
        return FAILED;
    return column->kind == CODED && PyList_GET_SIZE(items) <= rows ? column_hold(column, out) : DONE;
}

static int programs_open(Column *column, PyObject **lists, Py_ssize_t count, Py_ssize_t rows, Py_ssize_t around,
                         Out *out)
{
    if (!(column->programs = PyMem_Calloc(count + 1, sizeof(Program))))
        return out_of_memory();
    int state = DONE;
    while (state == DONE && column->num_programs < count) {
        Program *program = &column->programs[column->num_programs];
        state = program_open(program, lists[column->num_programs++], rows, around, out);
    }
    return state;
}

static int switch_open(Column *column, PyObject *object, Py_ssize_t rows, Py_ssize_t around, Out *out)
{
    PyObject *programs = PyTuple_GET_ITEM(object, 1);
    column->kind = SWITCH;
    if (!PyList_Check(programs)) {
        PyErr_SetString(PyExc_TypeError, "programs are a list");
        return FAILED;
    }
    if (column_ints(column, PyTuple_GET_ITEM(object, 2), rows) != DONE)
        return FAILED;
    return programs_open(column, PySequence_Fast_ITEMS(programs), PyList_GET_SIZE(programs), rows, around, out);
}

static int each_open(Column *column, PyObject *object, Py_ssize_t rows, Py_ssize_t around, Out *out)
{
    PyObject *program = PyTuple_GET_ITEM(object, 1), *order = PyTuple_GET_ITEM(object, 4);
    column->kind = EACH;
    column->items = PyTuple_GET_ITEM(object, 5);
    column->rows = PyLong_AsSsize_t(PyTuple_GET_ITEM(object, 2));
    if (PyErr_Occurred() || column_ints(column, PyTuple_GET_ITEM(object, 3), rows + 1) != DONE)
        return FAILED;
    if (order != Py_None) {
        if (ints_open(&column->order, order, 0) < 0)
            return FAILED;
        column->has_order = 1;
    }
    if (program != Py_None)
        return programs_open(column, &program, 1, column->rows, column->rows, out);
    if (column->rows <= around)
        return DONE;
    PyErr_SetString(PyExc_ValueError, "the table around has not so many rows");
    return FAILED;
}

static int column_open(Column *column, PyObject *object, Py_ssize_t rows, Py_ssize_t around, Out *out)
{
    column->items = object;
    column->kind = PyList_Check(object) ? ROWS : FIXED;
    if (!PyTuple_Check(object))
        return DONE;
    switch (PyTuple_GET_SIZE(object)) {
    case 2:
        return coded_open(column, object, rows, out);
    case 3:
        return switch_open(column, object, rows, around, out);
    case 6:
        return each_open(column, object, rows, around, out);
    }
    PyErr_SetString(PyExc_TypeError, "a column is of no kind");
    return FAILED;
}

static int program_open(Program *program, PyObject *list, Py_ssize_t rows, Py_ssize_t around, Out *out)
{
    if (!PyList_Check(list) || rows < 0) {
        PyErr_SetString(PyExc_TypeError, "a program is a list of columns");
        return FAILED;
    }
    Py_ssize_t count = PyList_GET_SIZE(list);
    if (!(program->columns = PyMem_Calloc(count + 1, sizeof(Column))))
        return out_of_memory();
    int state = DONE;
    while (state == DONE && program->count < count) {
        Column *column = &program->columns[program->count];
        state = column_open(column, PyList_GET_ITEM(list, program->count++), rows, around, out);
    }
    return state;
}

/* What a function returns; it takes over the result. None where a text can't be UTF-8. */
static PyObject *result_of(int state, PyObject *result)
{
    if (state == DONE)
        return result;
    Py_XDECREF(result);
    if (state == NO_UTF8)
        Py_RETURN_NONE;
    return NULL;
}

static PyObject *weave(PyObject *self, PyObject *args)
{
    PyObject *list, *empty, *pieces = NULL;
    Py_ssize_t rows;
    Program program = {0};
    if (!PyArg_ParseTuple(args, "O!nO:weave", &PyList_Type, &list, &rows, &empty))
        return NULL;
    Out out = {.is_text = PyUnicode_Check(empty), .is_ascii = 1};
    int state = program_open(&program, list, rows, rows, &out);
    if (state == DONE && !(pieces = PyList_New(0)))
        state = FAILED;
    int was_ascii = out.is_ascii;
    for (Py_ssize_t row = 0; state == DONE && row < rows; row++) {
        out.size = 0;
        out.is_ascii = was_ascii;
        if ((state = out_program(&out, &program, row, &program)))
            break;
        PyObject *piece = row + 1 == rows ? out_taken(&out) : out_copy(&out);
        state = piece ? PyList_Append(pieces, piece) : FAILED;
        Py_XDECREF(piece);
    }
    program_close(&program);
    Py_XDECREF(out.object);
    return result_of(state, pieces);
}

static PyMethodDef functions[] = {
    {"operand", operand, METH_VARARGS, NULL},
    {"kinds", kinds, METH_O, NULL},
    {"total", total, METH_VARARGS, NULL},
    {"ranges", ranges, METH_VARARGS, NULL},
    {"take", take, METH_VARARGS, NULL},
    {"rows_with", rows_with, METH_VARARGS, NULL},
    {"cumcount", cumcount, METH_O, NULL},
    {"jump_targets", jump_targets, METH_VARARGS, NULL},
    {"introductions", introductions, METH_VARARGS, NULL},
    {"remembered", remembered, METH_VARARGS, NULL},
    {"factorize", factorize, METH_VARARGS, NULL},
    {"weave", weave, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_compiled", NULL, 0, functions, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__compiled(void)
{
    fill_small();
    return PyModuleDef_Init(&module);
}
