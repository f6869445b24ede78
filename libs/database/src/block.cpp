#include "block.hpp"

#include <bit>

#include "cell_value.hpp"

namespace tornado::database {

void Block::add_real(double number) {
    cells_.push_back({std::bit_cast<std::int64_t>(number), 0, Type::real});
}

Value Block::value(std::size_t row, std::size_t column) const noexcept {
    const auto& cell = cells_[row * columns_->size() + column];
    return cell_value(cell.type, cell.bits, cell.size, bytes_.data());
}

}  // namespace tornado::database
