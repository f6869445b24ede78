#include "tornado/database/params.hpp"

#include <bit>
#include <limits>

#include "cell_value.hpp"
#include "moment.hpp"
#include "tornado/database/errors.hpp"

namespace tornado::database {

void Params::add_null() {
    cells_.emplace_back();
}

void Params::add_boolean(bool truth) {
    cells_.push_back({truth ? 1 : 0, 0, Type::boolean});
}

void Params::add_integer(std::int64_t number) {
    cells_.push_back({number, 0, Type::integer});
}

void Params::add_unsigned(std::uint64_t number) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    if (!std::in_range<std::int64_t>(number)) {
        throw DataError{
            std::to_string(number) +
            " is more than a database's integer can be: " + std::to_string(most)};
    }
    add_integer(static_cast<std::int64_t>(number));
}

void Params::add_real(double number) {
    cells_.push_back({std::bit_cast<std::int64_t>(number), 0, Type::real});
}

void Params::add_text(std::string_view text) {
    cells_.push_back({static_cast<std::int64_t>(bytes_.size()), text.size(), Type::text});
    bytes_.append(text).push_back('\0');
}

void Params::add_blob(std::span<const std::byte> bytes) {
    add_text({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    cells_.back().type = Type::blob;
}

void Params::add_moment(Moment moment) {
    constexpr std::chrono::sys_days first{std::chrono::year{0} / 1 / 1};
    constexpr std::chrono::sys_days end{std::chrono::year{10'000} / 1 / 1};
    if (moment < first || moment >= end) {
        throw DataError{"a time for a database is within the years 0 to 9999"};
    }
    add_text(moment_text(moment));
}

void Params::add_value(const Value& value) {
    switch (value.type()) {
        case Type::null:
            return add_null();
        case Type::boolean:
            return add_boolean(value.raw_integer() != 0);
        case Type::integer:
            return add_integer(value.raw_integer());
        case Type::real:
            return add_real(value.raw_real());
        case Type::text:
            return add_text(value.raw_text());
        case Type::blob:
            return add_blob(std::as_bytes(std::span{value.raw_text()}));
    }
}

Value Params::operator[](std::size_t index) const noexcept {
    const auto& cell = cells_[index];
    return cell_value(cell.type, cell.bits, cell.size, bytes_.data());
}

}  // namespace tornado::database
