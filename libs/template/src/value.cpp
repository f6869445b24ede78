#include "tornado/template/value.hpp"

#include <algorithm>
#include <limits>
#include <ostream>
#include <stdexcept>

#include "attribute.hpp"
#include "containers.hpp"
#include "object_type.hpp"
#include "repr.hpp"
#include "sequence.hpp"
#include "text.hpp"
#include "tornado/template/error.hpp"
#include "tornado/template/object.hpp"
#include "tornado/template/operations.hpp"

namespace tornado::templating {

namespace {

using detail::Access;

thread_local unsigned destroying = 0;
thread_local detail::Holder* to_destroy = nullptr;

std::string quoted_type(const Value& value) {
    return "'" + std::string{value.type_name()} + "' object";
}

}  // namespace

namespace detail {

/// A list in a list in a list is destroyed in turns, so that no nesting exhausts the stack.
void Holder::destroy() noexcept {
    constexpr unsigned most = 50;
    if (destroying >= most) {
        next_ = std::exchange(to_destroy, this);
        return;
    }
    ++destroying;
    delete this;
    --destroying;
    while (destroying == 0 && to_destroy != nullptr) {
        auto* const holder = std::exchange(to_destroy, to_destroy->next_);
        ++destroying;
        delete holder;
        --destroying;
    }
}

std::size_t Type::size(const void*) const {
    return 0;
}
Value Type::at(const void*, std::size_t, Holder*) const {
    return {};
}
bool Type::find(const void*, const Value&, Holder*, Value&) const {
    return false;
}
void Type::keys(const void*, Holder*, std::vector<Value>&) const {}
bool Type::attribute(const void*, std::string_view, Holder*, Value&) const {
    return false;
}
Value Type::call(const void*, const Arguments&) const {
    throw Error{"TypeError", "'" + std::string{name()} + "' object is not callable"};
}
bool Type::operate(Operation, const Value&, const Value&, Value&) const {
    return false;
}
bool Type::text(const void*, std::string&) const {
    return false;
}
bool Type::repr(const void*, std::string&) const {
    return false;
}
bool Type::truth(const void*) const {
    return true;
}

Value from_text(std::string text) {
    auto* const box = new Box<std::string>(std::move(text));
    return Access::text(box->object, box);
}

Value from_unsigned(std::uint64_t number) {
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        throw Error{"OverflowError", "a number beyond 64 bits with a sign; pass it as text"};
    }
    return Access::integer(static_cast<std::int64_t>(number));
}

bool to_boolean(const Value& value) {
    return value.truth();
}

std::int64_t to_integer(const Value& value, std::int64_t least, std::int64_t greatest) {
    if (value.kind() != Kind::integer && value.kind() != Kind::boolean) {
        throw Error{"TypeError", quoted_type(value) + " cannot be interpreted as an integer"};
    }
    const auto number = Access::integer(value);
    if (number < least || number > greatest) {
        throw Error{"OverflowError", std::to_string(number) + " is out of range"};
    }
    return number;
}

double to_floating(const Value& value) {
    if (value.kind() == Kind::floating) {
        return Access::floating(value);
    }
    if (value.kind() != Kind::integer && value.kind() != Kind::boolean) {
        throw Error{"TypeError", "must be real number, not " + std::string{value.type_name()}};
    }
    return static_cast<double>(Access::integer(value));
}

void check_names(const std::vector<std::string>& names, std::size_t parameters) {
    if (names.size() != parameters) {
        throw std::invalid_argument{
            "names for " + std::to_string(names.size()) + " parameters, but the function has " +
            std::to_string(parameters)};
    }
}

void refuse_type(std::string_view wanted, const Value& value) {
    throw Error{
        "TypeError", "expected " + std::string{wanted} + ", not " + std::string{value.type_name()}};
}

std::string_view to_text(const Value& value) {
    if (value.kind() != Kind::string) {
        refuse_type("a string", value);
    }
    return Access::text(value);
}

char to_character(const Value& value) {
    const auto text = to_text(value);
    if (text.size() != 1) {
        throw Error{"TypeError", "expected one character of ASCII, not a text of another length"};
    }
    return text.front();
}

std::size_t sequence_size(const Value& value) {
    if (!is_list_or_tuple(value)) {
        refuse_type("a list", value);
    }
    return value.size();
}

std::vector<Value> dict_keys(const Value& value) {
    if (value.kind() != Kind::dict) {
        refuse_type("a dict", value);
    }
    return keys_of(value);
}

}  // namespace detail

Value Value::list(std::vector<Value> items) {
    auto* const holder = new detail::ListHolder{std::move(items)};
    holder->is_frozen = true;
    return Access::object(Kind::list, nullptr, holder, holder);
}

Value Value::tuple(std::vector<Value> items) {
    return detail::make_list(std::move(items), Kind::tuple);
}

Value Value::dict(std::vector<std::pair<Value, Value>> items) {
    auto* const holder = new detail::DictHolder;
    auto dict = detail::make_dict(holder);
    for (auto& [key, value] : items) {
        holder->set(key, std::move(value));
    }
    holder->is_frozen = true;
    return dict;
}

std::string_view Value::type_name() const noexcept {
    switch (kind_) {
        case Kind::null:
            return "NoneType";
        case Kind::boolean:
            return "bool";
        case Kind::integer:
            return "int";
        case Kind::floating:
            return "float";
        case Kind::string:
            return "str";
        case Kind::tuple:
            return "tuple";
        case Kind::list:
            return type_ != nullptr ? type_->name() : "list";
        case Kind::dict:
            return "dict";
        case Kind::callable:
        case Kind::object: {
            const auto* const own = detail::as_object(type_, object_);
            return own != nullptr ? own->type_name() : type_->name();
        }
    }
    return "object";
}

bool Value::truth() const {
    switch (kind_) {
        case Kind::null:
            return false;
        case Kind::boolean:
        case Kind::integer:
            return integer_ != 0;
        case Kind::floating:
            return floating_ != 0;
        case Kind::string:
            return size_ != 0;
        case Kind::list:
        case Kind::tuple:
        case Kind::dict:
            return size() != 0;
        case Kind::callable:
        case Kind::object:
            return type_->truth(object_);
    }
    return true;
}

std::string Value::str() const {
    std::string out;
    detail::append_str(out, *this);
    return out;
}

std::string Value::repr() const {
    std::string out;
    detail::append_repr(out, *this);
    return out;
}

std::size_t Value::size() const {
    switch (kind_) {
        case Kind::string:
            return text::length(Access::text(*this));
        case Kind::list:
        case Kind::tuple: {
            const auto* const items = detail::native_items(*this);
            return items != nullptr ? items->size() : type_->size(object_);
        }
        case Kind::dict: {
            const auto* const dict = detail::native_dict(*this);
            return dict != nullptr ? dict->entries().size() : type_->size(object_);
        }
        default:
            throw Error{
                "TypeError", "object of type '" + std::string{type_name()} + "' has no len()"};
    }
}

Value Value::at(std::size_t index) const {
    if (index >= detail::sequence_size(*this)) {
        throw Error{"IndexError", std::string{type_name()} + " index out of range"};
    }
    return detail::element(*this, index);
}

Value Value::get(const Value& key) const {
    if (kind_ != Kind::dict) {
        throw Error{"TypeError", "expected a dict, not " + std::string{type_name()}};
    }
    Value found;
    return detail::find_in(*this, key, found) ? found : Value{};
}

Value Value::attribute(std::string_view name) const {
    return detail::attribute_of(*this, name);
}

Value Value::operator()(const Arguments& arguments) const {
    return detail::call(*this, arguments);
}

bool Value::equal(const Value& left, const Value& right) {
    return detail::are_equal(left, right);
}

std::ostream& operator<<(std::ostream& out, const Value& value) {
    return out << value.repr();
}

const Value* Arguments::find(std::string_view name) const noexcept {
    for (std::size_t i = 0; i < keyword_count_; ++i) {
        if (keywords_[i].first == name) {
            return &keywords_[i].second;
        }
    }
    return nullptr;
}

void Arguments::check(std::size_t least, std::size_t most) const {
    if (keyword_count_ != 0) {
        throw Error{
            "TypeError",
            "it takes no argument by name, so not '" + std::string{keywords_[0].first} + "'"};
    }
    if (size_ < least || size_ > most) {
        const auto wanted = least == most ? std::to_string(least)
                                          : std::to_string(least) + " to " + std::to_string(most);
        throw Error{
            "TypeError",
            "it takes " + wanted + (wanted == "1" ? " argument" : " arguments") + ", not " +
                std::to_string(size_)};
    }
}

std::vector<Value> Arguments::bind(const std::vector<std::string>& names, std::size_t least) const {
    if (size_ > names.size()) {
        Arguments{positional_, size_}.check(least, names.size());
    }
    std::vector<Value> bound{begin(), end()};
    bound.resize(names.size());
    std::vector<bool> given(names.size());
    std::fill_n(given.begin(), size_, true);
    for (std::size_t i = 0; i < keyword_count_; ++i) {
        const auto& [name, value] = keywords_[i];
        const auto place = std::find(names.begin(), names.end(), name) - names.begin();
        const auto index = static_cast<std::size_t>(place);
        if (index == names.size() || given[index]) {
            throw Error{
                "TypeError",
                index == names.size() ? "it has no argument '" + std::string{name} + "'"
                                      : "the argument '" + std::string{name} + "' comes twice"};
        }
        bound[index] = value;
        given[index] = true;
    }
    for (std::size_t i = 0; i < std::min(least, given.size()); ++i) {
        if (!given[i]) {
            throw Error{"TypeError", "the argument '" + names[i] + "' is missing"};
        }
    }
    return bound;
}

}  // namespace tornado::templating
