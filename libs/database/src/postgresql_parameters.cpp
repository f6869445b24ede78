#include "postgresql_parameters.hpp"

#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>

namespace tornado::database::postgresql {

namespace {

constexpr Oid bool_oid = 16;
constexpr Oid bytea_oid = 17;
constexpr Oid int8_oid = 20;
constexpr Oid int4_oid = 23;
constexpr Oid float8_oid = 701;
constexpr Oid unknown_oid = 0;

/// The server cuts the connection when a message has more.
constexpr std::size_t largest = 1'000'000'000;

/// NULL goes with everything.
constexpr char any = 'n';

char wire_of(const Value& value) {
    switch (value.type()) {
        case Type::null:
            return any;
        case Type::boolean:
            return static_cast<char>(Wire::boolean);
        case Type::integer: {
            const auto number = value.raw_integer();
            const bool is_small = number >= std::numeric_limits<std::int32_t>::min() &&
                                  number <= std::numeric_limits<std::int32_t>::max();
            return static_cast<char>(is_small ? Wire::integer : Wire::bigint);
        }
        case Type::real:
            return static_cast<char>(Wire::real);
        case Type::blob:
            return static_cast<char>(Wire::bytes);
        case Type::text:
            break;
    }
    return static_cast<char>(Wire::unknown);
}

char common(char one, char other) {
    if (one == other || other == any) {
        return one;
    }
    if (one == any) {
        return other;
    }
    const auto is_whole = [](char wire) {
        return wire == static_cast<char>(Wire::integer) || wire == static_cast<char>(Wire::bigint);
    };
    return static_cast<char>(is_whole(one) && is_whole(other) ? Wire::bigint : Wire::unknown);
}

template <typename Bits>
Bits big_endian(Bits bits) {
    static_assert(std::endian::native == std::endian::little && sizeof bits <= 8);
    if constexpr (sizeof bits == 4) {
        return __builtin_bswap32(bits);
    } else {
        return __builtin_bswap64(bits);
    }
}

}  // namespace

void find_signature(std::span<const Params> runs, Signature& signature) {
    signature.clear();
    if (runs.empty()) {
        return;
    }
    for (std::size_t i = 0; i < runs.front().size(); ++i) {
        char wire = any;
        for (const auto& run : runs) {
            wire = common(wire, wire_of(run[i]));
        }
        signature.push_back(wire == any ? static_cast<char>(Wire::unknown) : wire);
    }
}

std::vector<Oid> types_of(const Signature& signature) {
    std::vector<Oid> types;
    types.reserve(signature.size());
    for (const char wire : signature) {
        switch (static_cast<Wire>(wire)) {
            case Wire::boolean:
                types.push_back(bool_oid);
                break;
            case Wire::integer:
                types.push_back(int4_oid);
                break;
            case Wire::bigint:
                types.push_back(int8_oid);
                break;
            case Wire::real:
                types.push_back(float8_oid);
                break;
            case Wire::bytes:
                types.push_back(bytea_oid);
                break;
            case Wire::unknown:
                types.push_back(unknown_oid);
                break;
        }
    }
    return types;
}

void Arguments::add(const char* bytes, std::size_t size, bool is_binary) {
    values_.push_back(bytes);
    lengths_.push_back(static_cast<int>(size));
    formats_.push_back(is_binary ? 1 : 0);
}

template <typename Bits>
void Arguments::add_number(Bits bits) {
    auto& place = numbers_.emplace_back();
    const auto ordered = big_endian(bits);
    std::memcpy(&place, &ordered, sizeof ordered);
    add(reinterpret_cast<const char*>(&place), sizeof ordered, true);
}

std::optional<Fault> refuse(const Params& params) {
    for (std::size_t i = 0; i < params.size(); ++i) {
        const auto value = params[i];
        const auto text = value.raw_text();
        if (value.type() == Type::text && text.find('\0') != text.npos) {
            return Fault{
                .kind = FaultKind::data,
                .text =
                    "text of PostgreSQL has no NUL in it: keep such bytes as a Blob, in a "
                    "column of type bytea"};
        }
        if (text.size() > largest) {
            return Fault{
                .kind = FaultKind::data, .text = "a value of PostgreSQL has less than a gigabyte"};
        }
    }
    return std::nullopt;
}

void Arguments::add_written(const Value& value) {
    if (value.type() == Type::text) {
        add(value.raw_text().data(), value.raw_text().size(), false);
    } else if (value.type() == Type::boolean) {
        add(value.raw_integer() != 0 ? "t" : "f", 1, false);
    } else {
        const auto& text = written_.emplace_back(value.as_string());
        add(text.c_str(), text.size(), false);
    }
}

void Arguments::add_as(Wire wire, const Value& value) {
    switch (wire) {
        case Wire::boolean:
            numbers_.push_back(value.raw_integer() != 0 ? 1 : 0);
            add(reinterpret_cast<const char*>(&numbers_.back()), 1, true);
            break;
        case Wire::integer:
            add_number(static_cast<std::uint32_t>(value.raw_integer()));
            break;
        case Wire::bigint:
            add_number(static_cast<std::uint64_t>(value.raw_integer()));
            break;
        case Wire::real:
            add_number(std::bit_cast<std::uint64_t>(value.raw_real()));
            break;
        case Wire::bytes:
            add(value.raw_text().data(), value.raw_text().size(), true);
            break;
        case Wire::unknown:
            add_written(value);
            break;
    }
}

void Arguments::assign(const Params& params, const Signature& signature) {
    values_.clear();
    lengths_.clear();
    formats_.clear();
    numbers_.clear();
    written_.clear();
    numbers_.reserve(params.size());  // their addresses must stay
    written_.reserve(params.size());
    for (std::size_t i = 0; i < params.size(); ++i) {
        if (const auto value = params[i]; value.is_null()) {
            add(nullptr, 0, false);
        } else {
            add_as(static_cast<Wire>(signature[i]), value);
        }
    }
}

}  // namespace tornado::database::postgresql
