// The part of Kaitai's C++ runtime that the parser in generated/lua53_chunk.cpp needs, over bytes in memory. ../stream.py is the
// same for the parser in Python.
#pragma once

#include <cstdint>
#include <cstring>
#include <exception>
#include <ios>
#include <string>

#define KAITAI_STRUCT_VERSION 11000L

namespace kaitai {

// The bytes are not what the spec describes.
struct refused : std::exception {};

class kstream {
  public:
    kstream(const char *data, std::size_t size) : data_(data), size_(size), pos_(0) {}
    explicit kstream(const std::string &data) : kstream(data.data(), data.size()) {}

    std::size_t pos() const { return pos_; }
    bool is_eof() const { return pos_ == size_; }
    void seek(std::size_t pos) { pos_ = pos; }

    std::string read_bytes(std::int64_t size)
    {
        const char *start = next(static_cast<std::uint64_t>(size));
        return std::string(start, static_cast<std::size_t>(size));
    }

    std::uint8_t read_u1() { return static_cast<std::uint8_t>(*next(1)); }
    std::uint32_t read_u4le() { return static_cast<std::uint32_t>(little_endian(4)); }
    std::uint32_t read_u4be() { return static_cast<std::uint32_t>(big_endian(4)); }
    std::uint64_t read_u8le() { return little_endian(8); }
    std::uint64_t read_u8be() { return big_endian(8); }
    std::int32_t read_s4le() { return static_cast<std::int32_t>(read_u4le()); }
    std::int32_t read_s4be() { return static_cast<std::int32_t>(read_u4be()); }
    std::int64_t read_s8le() { return static_cast<std::int64_t>(read_u8le()); }
    std::int64_t read_s8be() { return static_cast<std::int64_t>(read_u8be()); }
    double read_f4le() { return widened(read_u4le()); }
    double read_f4be() { return widened(read_u4be()); }
    double read_f8le() { return of_bits<double>(read_u8le()); }
    double read_f8be() { return of_bits<double>(read_u8be()); }

  private:
    const char *next(std::uint64_t size)
    {
        if (pos_ > size_ || size > size_ - pos_)
            throw refused();
        const char *start = data_ + pos_;
        pos_ += static_cast<std::size_t>(size);
        return start;
    }

    std::uint64_t little_endian(int width)
    {
        const char *bytes = next(width);
        std::uint64_t number = 0;
        for (int i = width; i--;)
            number = number << 8 | static_cast<std::uint8_t>(bytes[i]);
        return number;
    }

    std::uint64_t big_endian(int width)
    {
        const char *bytes = next(width);
        std::uint64_t number = 0;
        for (int i = 0; i < width; i++)
            number = number << 8 | static_cast<std::uint8_t>(bytes[i]);
        return number;
    }

    template <typename Float, typename Bits> static Float of_bits(Bits bits)
    {
        Float number;
        static_assert(sizeof number == sizeof bits, "both have the same bits");
        std::memcpy(&number, &bits, sizeof bits);
        return number;
    }

    // The double of a number in single precision. A NaN keeps its bits, of which a processor would set one.
    static double widened(std::uint32_t bits)
    {
        std::uint64_t sign = bits >> 31, fraction = bits & 0x7FFFFF;
        if ((bits >> 23 & 0xFF) == 0xFF && fraction)
            return of_bits<double>(sign << 63 | std::uint64_t(0x7FF) << 52 | fraction << 29);
        return of_bits<float>(bits);
    }

    const char *data_;
    std::size_t size_, pos_;
};

class kstruct {
  public:
    explicit kstruct(kstream *io) : m__io(io) {}
    virtual ~kstruct() {}

    kstream *_io() const { return m__io; }

  protected:
    kstream *m__io;
};

} // namespace kaitai
