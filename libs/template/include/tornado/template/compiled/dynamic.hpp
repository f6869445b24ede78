#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "tornado/template/error.hpp"
#include "tornado/template/operations.hpp"

namespace tornado::templating::detail {
struct Method;
}

// What compiled templates do with values whose types only the run tells.
namespace tornado::templating::compiled {

/// The comparisons that are none of detail's own functions.
[[nodiscard]] bool is_less_or_equal(const Value& left, const Value& right);

/// `left += right`, which makes a list longer rather than a new one.
[[nodiscard]] Value add_to(const Value& left, const Value& right);

/// `container[start:stop:step]`.
[[nodiscard]] Value
slice(const Value& container, const Value& start, const Value& stop, const Value& step);

/// `container[index] = value`.
void assign_element(const Value& container, const Value& index, Value value);

/// As many values as are wanted. Throws Error (ValueError) when there are more or fewer.
void unpack_into(const Value& values, Value* first, std::size_t wanted);

/// Appends all that iterating over the value gives.
void extend(std::vector<Value>& items, const Value& more);

/// Calls `each(context, item)` for what iterating over the value gives, until it returns false;
/// whether it never did.
bool iterate(const Value& iterable, void* context, bool (*each)(void* context, Value item));

/// Whether `{% except types %}` catches the error, and the error as a value.
[[nodiscard]] bool is_caught_by(const Error& error, const Value& types);
[[nodiscard]] Value exception_value(const Error& error);

/// One part of an f-string, of which `conversion` is the letter after `!`, or NUL.
void append_formatted(
    std::string& out,
    const Value& value,
    char conversion,
    const Value& specification
);

/// Throws Error (AttributeError) when the object has nothing of this name.
void check_attribute(const Value& object, std::string_view name);

/// What is about to be called, found before the arguments are computed as Python does. What it was
/// made from must outlive it.
class Callee {
public:
    explicit Callee(const Value& function) noexcept : value_{&function} {}
    /// `object.name`; a method is not made a value for that. Throws Error (AttributeError).
    Callee(const Value& object, std::string_view name);
    Callee(const Callee&) = delete;
    Callee& operator=(const Callee&) = delete;

    [[nodiscard]] Value call(const Arguments& arguments) const;

private:
    const Value* value_;
    const detail::Method* method_ = nullptr;  // of the value
    Value attribute_;
};

/// A dict in the making.
class Dict {
public:
    Dict();
    void set(const Value& key, Value value);
    /// Takes over the members of another: `**more`.
    void update(const Value& more);
    [[nodiscard]] const Value& value() const noexcept { return value_; }

private:
    Value value_;
};

/// The arguments of a call that names some of them, or takes them from lists and dicts.
class ArgumentList {
public:
    void add(Value value) { positional_.push_back(std::move(value)); }
    void add_all(const Value& values) { extend(positional_, values); }
    void add_keyword(const Value& name, Value value);
    void add_keywords(const Value& values);
    [[nodiscard]] Arguments arguments() const noexcept {
        return {positional_.data(), positional_.size(), keywords_.data(), keywords_.size()};
    }

private:
    std::vector<Value> positional_;
    std::vector<Value> names_;  // whose texts the keywords refer to
    std::vector<Arguments::Keyword> keywords_;
};

/// What `separator.join(…)` makes, item by item.
class JoinedText {
public:
    explicit JoinedText(std::string_view separator) noexcept : separator_{separator} {}
    void add(std::string_view item);
    void add(const Value& item);
    /// Throws Error (TypeError) if an item was no text: after all of them, as in Python.
    [[nodiscard]] std::string take();

private:
    std::string_view separator_;
    std::string text_;
    std::size_t count_ = 0;
    std::string refused_;  // what was wrong with the first item that is none
};

/// Makes an Error of the exception that is being handled, if it is another std::exception.
[[noreturn]] void rethrow_as_error();

/// Calls a function of the user's.
template <typename F>
decltype(auto) translated(F function) {
    try {
        return function();
    } catch (const std::exception&) {
        rethrow_as_error();
    }
}

[[noreturn]] void no_attribute(std::string_view type, std::string_view name);
[[noreturn]] void no_key(const Value& key);
[[noreturn]] void index_out_of_range();
[[noreturn]] void not_as_declared(std::string_view name, const Value& value);
[[nodiscard]] std::size_t characters(std::string_view text) noexcept;
[[nodiscard]] std::string upper(std::string_view text);
[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] std::string url_escaped(std::string_view text);
[[nodiscard]] std::string xhtml_escaped(std::string_view text);

}  // namespace tornado::templating::compiled
