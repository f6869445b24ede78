#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tornado::templating {

class Arguments;
class Value;

/// What kinds of values the expression language knows.
enum class Kind : unsigned char {
    null,  ///< None
    boolean,
    integer,   ///< 64 bits
    floating,  ///< a double
    string,    ///< text, in UTF-8
    list,
    tuple,
    dict,
    callable,
    object,  ///< a described struct, or whatever else has attributes
};

namespace detail {

/// What several values may share, and the last of them destroys.
class Holder {
public:
    Holder() = default;
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;

    void retain() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
    void release() noexcept {
        if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            destroy();
        }
    }

protected:
    virtual ~Holder() = default;

private:
    void destroy() noexcept;

    std::atomic<std::size_t> count_{0};
    Holder* next_ = nullptr;  // among those that wait to be destroyed
};

/// What an operator does, as types of objects are asked about it.
enum class Operation : unsigned char { equal, less, add, subtract, multiply, divide };

/// How the language reads an object of one C++ type. Each function has the object, and the holder
/// that owns it, or null: values that refer into the object keep that holder.
class Type {
public:
    /// What the language calls the type, such as "dict".
    [[nodiscard]] virtual std::string_view name() const noexcept = 0;

    /// Of lists, tuples and dicts: how many elements.
    [[nodiscard]] virtual std::size_t size(const void* object) const;
    /// Of lists and tuples: an element, by an index below size().
    [[nodiscard]] virtual Value at(const void* object, std::size_t index, Holder* owner) const;

    /// Of dicts: the value of a key, if it is there.
    [[nodiscard]] virtual bool
    find(const void* object, const Value& key, Holder* owner, Value& found) const;
    /// Of dicts: all keys, in their order.
    virtual void keys(const void* object, Holder* owner, std::vector<Value>& found) const;

    /// Of objects: an attribute, if there is one of that name.
    [[nodiscard]] virtual bool
    attribute(const void* object, std::string_view name, Holder* owner, Value& found) const;
    /// Of callables.
    [[nodiscard]] virtual Value call(const void* object, const Arguments& arguments) const;

    /// The result of an operator, of which one side at least is of this type; false if it has none.
    [[nodiscard]] virtual bool
    operate(Operation operation, const Value& left, const Value& right, Value& result) const;
    /// What the object prints as; false if it has no text of its own.
    [[nodiscard]] virtual bool text(const void* object, std::string& text) const;
    /// The same as `repr()` writes it.
    [[nodiscard]] virtual bool repr(const void* object, std::string& text) const;
    /// Whether it counts as true, which is so unless a type says otherwise.
    [[nodiscard]] virtual bool truth(const void* object) const;

protected:
    Type() = default;
    Type(const Type&) = default;
    Type& operator=(const Type&) = default;
    ~Type() = default;
};

template <typename T>
Value make_value(T&& value);

template <typename T>
constexpr bool is_convertible();

struct Access;

}  // namespace detail

/// What a template computes with: a value of any of the kinds that Kind lists.
///
/// It converts from C++ numbers, bools, text, std::optional, containers (lists, maps, pairs,
/// tuples), boost::json values, callables, objects (shared pointers to Object), and, with
/// <tornado/template/described.hpp>, structs that Boost.Describe describes.
///
/// A container, text or struct that is passed as an lvalue is copied whole, once; one that is moved
/// in is taken over; a std::shared_ptr to it is shared; a std::reference_wrapper
/// (`std::cref(list)`) is only borrowed, and must live as long as the value and what a template
/// took out of it. The elements are never copied or converted before a template reads them.
///
/// Ownership: copies share what they hold. Thread safety: values may be read and copied by several
/// threads; what was made in C++ is never changed by a template.
class Value {
public:
    /// None.
    Value() noexcept : type_{nullptr}, integer_{0} {}

    template <typename T>
    requires(
        !std::same_as<std::remove_cvref_t<T>, Value> &&
        detail::is_convertible<std::remove_cvref_t<T>>()
    ) Value(T&& value)
        : Value{detail::make_value(std::forward<T>(value))} {}

    Value(const Value& other) noexcept
        : kind_{other.kind_},
          type_{other.type_},
          integer_{other.integer_},
          owner_{other.owner_} {
        if (owner_ != nullptr) {
            owner_->retain();
        }
    }
    Value(Value&& other) noexcept
        : kind_{other.kind_},
          type_{other.type_},
          integer_{other.integer_},
          owner_{other.owner_} {
        other.owner_ = nullptr;
        other.kind_ = Kind::null;
    }
    Value& operator=(const Value& other) noexcept { return *this = Value{other}; }
    Value& operator=(Value&& other) noexcept {
        std::swap(kind_, other.kind_);
        std::swap(type_, other.type_);
        std::swap(integer_, other.integer_);
        std::swap(owner_, other.owner_);
        return *this;
    }
    ~Value() {
        if (owner_ != nullptr) {
            owner_->release();
        }
    }

    /// A list, a tuple, or a dict of these. Throws Error (TypeError) for a key that is a list or a
    /// dict.
    [[nodiscard]] static Value list(std::vector<Value> items);
    [[nodiscard]] static Value tuple(std::vector<Value> items);
    [[nodiscard]] static Value dict(std::vector<std::pair<Value, Value>> items);

    [[nodiscard]] Kind kind() const noexcept { return kind_; }
    [[nodiscard]] bool is_null() const noexcept { return kind_ == Kind::null; }

    /// What Python calls the value's type, such as "str".
    [[nodiscard]] std::string_view type_name() const noexcept;
    /// Whether it counts as true: not None, False, 0, nor anything that is empty.
    [[nodiscard]] bool truth() const;
    /// The text that `str()` makes of it: what a template prints.
    [[nodiscard]] std::string str() const;
    /// The text that `repr()` makes of it: what shows it inside a list.
    [[nodiscard]] std::string repr() const;

    /// How many elements a list, tuple or dict has, or characters a string.
    /// Throws Error (TypeError) for others.
    [[nodiscard]] std::size_t size() const;
    /// An element of a list or tuple. Throws Error (IndexError) beyond its end.
    [[nodiscard]] Value at(std::size_t index) const;
    /// The value of a dict's key, or None when it is not there.
    [[nodiscard]] Value get(const Value& key) const;
    /// What `.name` is. Throws Error (AttributeError) when there is no such thing.
    [[nodiscard]] Value attribute(std::string_view name) const;
    /// Calls it. Throws Error (TypeError) when it cannot be called with these.
    [[nodiscard]] Value operator()(const Arguments& arguments) const;

    /// The value as a C++ type: bool (its truth), an integer type that it fits, a floating point
    /// type, char (text of one byte), std::string, std::string_view (into this value), a described
    /// struct (a copy of the very one), std::optional (None is nullopt), or a list, set or map of
    /// these, such as std::vector. Throws Error: TypeError when it is of another kind,
    /// OverflowError when it does not fit.
    template <typename T>
    [[nodiscard]] T as() const;

    /// Whether two values are equal as Python's `==` has it.
    [[nodiscard]] friend bool operator==(const Value& left, const Value& right) {
        return equal(left, right);
    }

    /// Prints what repr() says.
    friend std::ostream& operator<<(std::ostream& out, const Value& value);

private:
    friend struct detail::Access;

    [[nodiscard]] static bool equal(const Value& left, const Value& right);

    Kind kind_ = Kind::null;
    union {
        const detail::Type* type_;  // null for what the language itself made
        std::size_t size_;          // of text, in bytes
    };
    union {
        std::int64_t integer_;
        double floating_;
        const char* text_;
        const void* object_;
    };
    detail::Holder* owner_ = nullptr;
};

/// What a function is called with: values in their order, and values by name.
///
/// Ownership: refers to values that live as long as the call.
class Arguments {
public:
    using Keyword = std::pair<std::string_view, Value>;

    Arguments() = default;
    Arguments(const Value* positional, std::size_t size) : positional_{positional}, size_{size} {}
    Arguments(
        const Value* positional,
        std::size_t size,
        const Keyword* keywords,
        std::size_t keyword_count
    )
        : positional_{positional},
          size_{size},
          keywords_{keywords},
          keyword_count_{keyword_count} {}

    /// How many come without a name.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// One of those; the index must be below size().
    [[nodiscard]] const Value& operator[](std::size_t index) const noexcept {
        return positional_[index];
    }
    [[nodiscard]] const Value* begin() const noexcept { return positional_; }
    [[nodiscard]] const Value* end() const noexcept { return positional_ + size_; }

    [[nodiscard]] std::size_t keyword_count() const noexcept { return keyword_count_; }
    [[nodiscard]] const Keyword& keyword(std::size_t index) const noexcept {
        return keywords_[index];
    }
    /// The value that came under this name; null when none did.
    [[nodiscard]] const Value* find(std::string_view name) const noexcept;

    /// Throws Error (TypeError) unless there are at least `least` and at most `most` values, and
    /// none of them has a name.
    void check(std::size_t least, std::size_t most) const;

    /// The values of a function's parameters, in their order; None for one that is not given.
    /// Throws Error (TypeError) when one of the first `least` is missing, or one does not belong.
    [[nodiscard]] std::vector<Value> bind(const std::vector<std::string>& names, std::size_t least)
        const;

private:
    const Value* positional_ = nullptr;
    std::size_t size_ = 0;
    const Keyword* keywords_ = nullptr;
    std::size_t keyword_count_ = 0;
};

}  // namespace tornado::templating

#include "tornado/template/convert.hpp"  // IWYU pragma: export
