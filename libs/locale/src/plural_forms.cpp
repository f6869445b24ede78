#include "tornado/locale/plural_forms.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "tornado/locale/error.hpp"

namespace tornado::locale {

namespace {

using Node = PluralForms::Node;
using Operation = Node::Operation;

constexpr std::string_view spaces = " \t\r\n";

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(spaces);
    return begin == text.npos ? std::string_view{}
                              : text.substr(begin, text.find_last_not_of(spaces) + 1 - begin);
}

struct BinaryOperator {
    std::string_view symbol;
    int rank;  // the greater binds the closer
    Operation operation;
};

// A symbol that begins another stands behind it.
constexpr BinaryOperator binary_operators[] = {
    {"||", 1, Operation::or_},
    {"&&", 2, Operation::and_},
    {"==", 3, Operation::equal},
    {"!=", 3, Operation::not_equal},
    {"<=", 4, Operation::less_or_equal},
    {">=", 4, Operation::greater_or_equal},
    {"<", 4, Operation::less},
    {">", 4, Operation::greater},
    {"+", 5, Operation::add},
    {"-", 5, Operation::subtract},
    {"*", 6, Operation::multiply},
    {"/", 6, Operation::divide},
    {"%", 6, Operation::modulo},
};

/// Parses an expression into nodes. Each function gives the node of what it has read, or nullopt.
class Parser {
public:
    using Parsed = std::optional<std::size_t>;

    explicit Parser(std::string_view text) : rest_{text} {}

    /// The nodes of the whole text; none if it is no expression.
    std::vector<Node> parse() {
        const auto whole = choice(0);
        skip_spaces();
        return whole && rest_.empty() ? std::move(nodes_) : std::vector<Node>{};
    }

private:
    void skip_spaces() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(spaces), rest_.size()));
    }

    bool take(std::string_view symbol) {
        skip_spaces();
        if (!rest_.starts_with(symbol)) {
            return false;
        }
        rest_.remove_prefix(symbol.size());
        return true;
    }

    std::size_t add(Node node) {
        nodes_.push_back(node);
        return nodes_.size() - 1;
    }

    Parsed choice(std::size_t depth) {
        if (depth > PluralForms::max_depth) {
            return std::nullopt;
        }
        const auto condition = binary(1, depth);
        if (!condition || !take("?")) {
            return condition;
        }
        const auto then = choice(depth + 1);
        if (!then || !take(":")) {
            return std::nullopt;
        }
        const auto otherwise = choice(depth + 1);
        if (!otherwise) {
            return std::nullopt;
        }
        return add({Operation::choose, 0, {*condition, *then, *otherwise}});
    }

    const BinaryOperator* take_operator(int least_rank) {
        for (const auto& candidate : binary_operators) {
            if (candidate.rank >= least_rank && take(candidate.symbol)) {
                return &candidate;
            }
        }
        return nullptr;
    }

    Parsed binary(int least_rank, std::size_t depth) {
        auto left = unary(depth);
        while (left) {
            const auto* found = take_operator(least_rank);
            if (found == nullptr) {
                return left;
            }
            const auto right = binary(found->rank + 1, depth);
            if (!right) {
                return std::nullopt;
            }
            left = add({found->operation, 0, {*left, *right, 0}});
        }
        return std::nullopt;
    }

    Parsed unary(std::size_t depth) {
        if (depth > PluralForms::max_depth) {
            return std::nullopt;
        }
        if (take("!")) {
            const auto operand = unary(depth + 1);
            return operand ? Parsed{add({Operation::not_, 0, {*operand, 0, 0}})} : std::nullopt;
        }
        if (take("(")) {
            const auto inside = choice(depth + 1);
            return take(")") ? inside : std::nullopt;
        }
        return take("n") ? Parsed{add({Operation::n, 0, {}})} : number();
    }

    Parsed number() {
        std::uint64_t value = 0;
        const auto* end = rest_.data() + rest_.size();
        const auto [stop, error] = std::from_chars(rest_.data(), end, value);
        if (error != std::errc{}) {
            return std::nullopt;
        }
        rest_.remove_prefix(static_cast<std::size_t>(stop - rest_.data()));
        return add({Operation::number, value, {}});
    }

    std::string_view rest_;
    std::vector<Node> nodes_;
};

/// The value of `name=value;` in the field; nullopt when there is none.
std::optional<std::string_view> value_of(std::string_view name, std::string_view field) {
    while (!field.empty()) {
        const auto end = std::min(field.find(';'), field.size());
        const auto part = trimmed(field.substr(0, end));
        field.remove_prefix(std::min(end + 1, field.size()));
        const auto equals = part.find('=');
        if (equals != part.npos && trimmed(part.substr(0, equals)) == name) {
            return trimmed(part.substr(equals + 1));
        }
    }
    return std::nullopt;
}

std::optional<std::size_t> parse_count(std::string_view text) {
    std::size_t count = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const bool whole = error == std::errc{} && stop == text.data() + text.size();
    return whole && count >= 1 && count <= PluralForms::max_count ? std::optional{count}
                                                                  : std::nullopt;
}

}  // namespace

PluralForms::PluralForms()
    : nodes_{
          {Operation::n, 0, {}},
          {Operation::number, 1, {}},
          {Operation::not_equal, 0, {0, 1, 0}}} {}

Result<PluralForms> PluralForms::parse(std::string_view text) {
    const auto count = value_of("nplurals", text);
    const auto expression = value_of("plural", text);
    if (text.size() > max_size || !count || !expression) {
        return Errc::malformed_plural_forms;
    }
    PluralForms forms;
    forms.count_ = parse_count(*count).value_or(0);
    forms.nodes_ = Parser{*expression}.parse();
    if (forms.count_ == 0 || forms.nodes_.empty()) {
        return Errc::malformed_plural_forms;
    }
    return forms;
}

std::optional<std::size_t> PluralForms::form(std::uint64_t n) const {
    const auto number = evaluate(nodes_.size() - 1, n);
    return number && *number < count_ ? std::optional<std::size_t>{*number} : std::nullopt;
}

namespace {

/// The result of an operation on two numbers, as C has it for unsigned ones.
std::optional<std::uint64_t>
computed(Operation operation, std::uint64_t left, std::uint64_t right) {
    switch (operation) {
        case Operation::multiply:
            return left * right;
        case Operation::divide:
            return right != 0 ? std::optional{left / right} : std::nullopt;
        case Operation::modulo:
            return right != 0 ? std::optional{left % right} : std::nullopt;
        case Operation::add:
            return left + right;
        case Operation::subtract:
            return left - right;
        case Operation::less:
            return left < right ? 1 : 0;
        case Operation::less_or_equal:
            return left <= right ? 1 : 0;
        case Operation::greater:
            return left > right ? 1 : 0;
        case Operation::greater_or_equal:
            return left >= right ? 1 : 0;
        case Operation::equal:
            return left == right ? 1 : 0;
        default:
            return left != right ? 1 : 0;
    }
}

}  // namespace

std::optional<std::uint64_t> PluralForms::evaluate(std::size_t index, std::uint64_t n) const {
    const auto& node = nodes_[index];
    switch (node.operation) {
        case Operation::number:
            return node.value;
        case Operation::n:
            return n;
        default:
            break;
    }
    const auto first = evaluate(node.operands[0], n);
    if (!first) {
        return std::nullopt;
    }
    switch (node.operation) {
        case Operation::not_:
            return *first == 0 ? 1 : 0;
        case Operation::choose:
            return evaluate(node.operands[*first != 0 ? 1 : 2], n);
        case Operation::and_:
        case Operation::or_:
            if ((*first != 0) == (node.operation == Operation::or_)) {
                return *first != 0 ? 1 : 0;  // the other is not looked at, as in C
            }
            break;
        default:
            break;
    }
    const auto second = evaluate(node.operands[1], n);
    if (!second) {
        return std::nullopt;
    }
    if (node.operation == Operation::and_ || node.operation == Operation::or_) {
        return *second != 0 ? 1 : 0;
    }
    return computed(node.operation, *first, *second);
}

}  // namespace tornado::locale
