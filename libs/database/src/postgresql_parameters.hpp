#pragma once

#include <libpq-fe.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fault.hpp"
#include "tornado/database/params.hpp"

namespace tornado::database::postgresql {

/// How one parameter travels. The server is told the types of numbers, truths and bytes; that of
/// text and of NULL it finds out from where they stand, as it does with literals.
enum class Wire : char {
    unknown = 'u',  ///< text
    boolean = 'b',
    integer = 'i',  ///< 32 bits
    bigint = 'l',   ///< 64 bits
    real = 'd',
    bytes = 'x'
};

/// The types of a statement's parameters: statements are prepared for each anew.
using Signature = std::string;

/// The types with which all these runs can travel, which have equally many parameters.
void find_signature(std::span<const Params> runs, Signature& signature);
/// What is wrong with a run, if anything is.
[[nodiscard]] std::optional<Fault> refuse(const Params& params);
/// As PQprepare() takes them.
[[nodiscard]] std::vector<Oid> types_of(const Signature& signature);

/// The parameters of one run as libpq takes them. Used again and again, so that it allocates
/// little.
class Arguments {
public:
    /// Valid until the next call, and as long as `params`.
    void assign(const Params& params, const Signature& signature);

    [[nodiscard]] int count() const noexcept { return static_cast<int>(values_.size()); }
    [[nodiscard]] const char* const* values() const noexcept { return values_.data(); }
    [[nodiscard]] const int* lengths() const noexcept { return lengths_.data(); }
    [[nodiscard]] const int* formats() const noexcept { return formats_.data(); }

private:
    using Scratch = std::uint64_t;
    void add(const char* bytes, std::size_t size, bool is_binary);
    void add_as(Wire wire, const Value& value);
    void add_written(const Value& value);
    template <typename Bits>
    void add_number(Bits bits);

    std::vector<const char*> values_;
    std::vector<int> lengths_;
    std::vector<int> formats_;
    std::vector<Scratch> numbers_;      ///< in the network's order
    std::vector<std::string> written_;  ///< numbers that travel as text
};

}  // namespace tornado::database::postgresql
