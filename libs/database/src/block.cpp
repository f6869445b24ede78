#include "block.hpp"

#include <bit>

namespace tornado::database {

void Block::add_real(double number) {
    cells_.push_back({std::bit_cast<std::int64_t>(number), 0, Type::real});
}

Value Block::value(std::size_t row, std::size_t column) const noexcept {
    const auto& cell = cells_[row * columns_->size() + column];
    const auto bytes = [&] { return std::string_view{bytes_.data() + cell.bits, cell.size}; };
    switch (cell.type) {
        case Type::null:
            return {};
        case Type::boolean:
            return Value::boolean(cell.bits != 0);
        case Type::integer:
            return Value::integer(cell.bits);
        case Type::real:
            return Value::real(std::bit_cast<double>(cell.bits));
        case Type::text:
            return Value::text(bytes());
        case Type::blob:
            return Value::blob(bytes());
    }
    return {};
}

}  // namespace tornado::database
