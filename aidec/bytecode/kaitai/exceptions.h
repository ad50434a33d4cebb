// The exceptions of the parser in generated/lua53_chunk.cpp. They say nothing: the parser in Python finds out what is wrong.
#pragma once

#include "kaitaistruct.h"

namespace kaitai {

struct undecided_endianness_error : refused {
    explicit undecided_endianness_error(const char *) {}
};

template <typename T> struct validation_failed : refused {
    template <typename... What> explicit validation_failed(const What &...) {}
};
template <typename T> using validation_not_equal_error = validation_failed<T>;
template <typename T> using validation_less_than_error = validation_failed<T>;
template <typename T> using validation_greater_than_error = validation_failed<T>;
template <typename T> using validation_not_any_of_error = validation_failed<T>;
template <typename T> using validation_expr_error = validation_failed<T>;

} // namespace kaitai
