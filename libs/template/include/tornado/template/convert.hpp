#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <tuple>

#include "tornado/template/value.hpp"

namespace boost::json {
class value;
class object;
class array;
}  // namespace boost::json

namespace tornado::templating {

/// How values are made of a C++ type that the library does not know: specialise it.
///
///     template <>
///     struct ValueFrom<Colour> {
///         static Value borrow(const Colour& colour, detail::Holder*) { return colour.name(); }
///     };
///
/// The value may refer to the object as long as `owner`, which may be null, keeps it.
template <typename T>
struct ValueFrom {};

class Object;

namespace detail {

/// Makes values of their parts, and takes them apart, without asking whether they fit.
struct Access {
    static Value text(std::string_view text, Holder* owner) noexcept {
        Value value;
        value.kind_ = Kind::string;
        value.size_ = text.size();
        value.text_ = text.data();
        keep(value, owner);
        return value;
    }
    static Value boolean(bool truth) noexcept {
        Value value;
        value.kind_ = Kind::boolean;
        value.integer_ = truth ? 1 : 0;
        return value;
    }
    static Value integer(std::int64_t number) noexcept {
        Value value;
        value.kind_ = Kind::integer;
        value.integer_ = number;
        return value;
    }
    static Value floating(double number) noexcept {
        Value value;
        value.kind_ = Kind::floating;
        value.floating_ = number;
        return value;
    }
    static Value object(Kind kind, const Type* type, const void* object, Holder* owner) noexcept {
        Value value;
        value.kind_ = kind;
        value.type_ = type;
        value.object_ = object;
        keep(value, owner);
        return value;
    }
    static void set_kind(Value& value, Kind kind) noexcept { value.kind_ = kind; }

    static std::int64_t integer(const Value& value) noexcept { return value.integer_; }
    static double floating(const Value& value) noexcept { return value.floating_; }
    static std::string_view text(const Value& value) noexcept { return {value.text_, value.size_}; }
    static const Type* type(const Value& value) noexcept { return value.type_; }
    static const void* object(const Value& value) noexcept { return value.object_; }
    static Holder* owner(const Value& value) noexcept { return value.owner_; }

private:
    static void keep(Value& value, Holder* owner) noexcept {
        if (owner != nullptr) {
            owner->retain();
            value.owner_ = owner;
        }
    }
};

/// Owns one object for the values that refer to it.
template <typename T>
class Box final : public Holder {
public:
    template <typename U>
    explicit Box(U&& kept) : object(std::forward<U>(kept)) {}  // braces would make a list of it
    T object;
};

[[nodiscard]] Value from_text(std::string text);
[[nodiscard]] Value from_unsigned(std::uint64_t number);
[[nodiscard]] Value borrow_json(const boost::json::value& json, Holder* owner);
[[nodiscard]] Value borrow_json(const boost::json::object& json, Holder* owner);
[[nodiscard]] Value borrow_json(const boost::json::array& json, Holder* owner);
[[nodiscard]] Value own_json(const boost::json::value& json);
[[nodiscard]] Value own_json(const boost::json::object& json);
[[nodiscard]] Value own_json(const boost::json::array& json);
[[nodiscard]] Value own_json(boost::json::value&& json);
[[nodiscard]] Value own_json(boost::json::object&& json);
[[nodiscard]] Value own_json(boost::json::array&& json);
[[nodiscard]] Value from_object(std::shared_ptr<const Object> object);

template <typename T, template <typename...> typename Of>
inline constexpr bool is_a = false;
template <template <typename...> typename Of, typename... T>
inline constexpr bool is_a<Of<T...>, Of> = true;

/// What a smart pointer or a reference wrapper leads to.
template <typename T>
struct Pointee {
    using Type = void;
};
template <typename T>
struct Pointee<std::shared_ptr<T>> {
    using Type = std::remove_const_t<T>;
};
template <typename T>
struct Pointee<std::reference_wrapper<T>> {
    using Type = std::remove_const_t<T>;
};

template <typename T>
inline constexpr bool is_json =
    std::same_as<T, boost::json::value> || std::same_as<T, boost::json::object> ||
    std::same_as<T, boost::json::array>;

template <typename T>
inline constexpr bool is_number_type =
    std::is_arithmetic_v<T> && !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
    !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

template <typename T>
concept Range = requires(const T& range) {
    range.begin() != range.end();
    *range.begin();
}
&&!std::same_as<std::remove_cvref_t<decltype(*std::declval<const T&>().begin())>, T>;

/// A path, say.
template <typename T>
concept ConvertsToText = std::is_convertible_v<const T&, std::string_view> ||
    std::is_convertible_v<const T&, std::string>;
template <typename T>
concept Map = Range<T> && requires {
    typename T::mapped_type;
};
template <typename T>
concept RandomAccess = Range<T> && requires(const T& range) {
    { range.size() } -> std::convertible_to<std::size_t>;
    range[std::size_t{}];
};

/// Something with one operator() that can be called while it is const, or a pointer to a function.
template <typename T>
concept Function = std::is_function_v<std::remove_pointer_t<T>> || requires {
    &T::operator();
};

template <typename T>
concept Custom = requires(const T& object) {
    ValueFrom<T>::borrow(object, nullptr);
};

template <typename T>
constexpr bool is_convertible() {
    if constexpr (Custom<T> || is_json<T> || is_number_type<T> || std::same_as<T, Value>) {
        return true;
    } else if constexpr (std::is_null_pointer_v<T> || std::same_as<T, std::nullopt_t>) {
        return true;
    } else if constexpr (ConvertsToText<T>) {
        return true;
    } else if constexpr (is_a<T, std::optional>) {
        return is_convertible<typename T::value_type>();
    } else if constexpr (is_a<T, std::reference_wrapper> || is_a<T, std::shared_ptr>) {
        using Element = typename Pointee<T>::Type;
        return std::is_base_of_v<Object, Element> || is_convertible<Element>();
    } else {
        return is_a<T, std::pair> || is_a<T, std::tuple> || Range<T> || Function<T>;
    }
}

template <typename T>
Value borrow(const T& object, Holder* owner);

template <typename T>
Value from_number(T number) {
    if constexpr (std::same_as<T, bool>) {
        return Access::boolean(number);
    } else if constexpr (std::same_as<T, char>) {
        return from_text(std::string(1, number));
    } else if constexpr (std::is_floating_point_v<T>) {
        return Access::floating(static_cast<double>(number));
    } else if constexpr (std::is_unsigned_v<T> && sizeof(T) == sizeof(std::int64_t)) {
        return from_unsigned(number);
    } else {
        return Access::integer(static_cast<std::int64_t>(number));
    }
}

/// A sequence whose elements are read in place.
template <typename T>
class ListType final : public Type {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "list"; }
    [[nodiscard]] std::size_t size(const void* object) const override {
        return list(object).size();
    }
    [[nodiscard]] Value at(const void* object, std::size_t index, Holder* owner) const override {
        if constexpr (std::is_reference_v<decltype(list(object)[index])>) {
            return borrow(list(object)[index], owner);
        } else {  // such as std::vector<bool>'s
            return make_value(static_cast<typename T::value_type>(list(object)[index]));
        }
    }
    static const ListType instance;

private:
    static const T& list(const void* object) { return *static_cast<const T*>(object); }
};
template <typename T>
inline const ListType<T> ListType<T>::instance{};

/// A map whose values are read in place.
template <typename T>
class MapType final : public Type {
public:
    using Key = typename T::key_type;
    [[nodiscard]] std::string_view name() const noexcept override { return "dict"; }
    [[nodiscard]] std::size_t size(const void* object) const override { return map(object).size(); }
    [[nodiscard]] bool find(const void* object, const Value& key, Holder* owner, Value& found)
        const override {
        const auto& in = map(object);
        auto place = in.end();
        if constexpr (std::same_as<Key, std::string>) {
            if (key.kind() != Kind::string) {
                return false;
            }
            if constexpr (requires { in.find(std::string_view{}); }) {
                place = in.find(Access::text(key));
            } else {
                place = in.find(std::string{Access::text(key)});
            }
        } else if constexpr (std::integral<Key> && !std::same_as<Key, bool> && !std::same_as<Key, char>) {
            const bool whole = key.kind() == Kind::integer || key.kind() == Kind::boolean;
            if (!whole || !std::in_range<Key>(Access::integer(key))) {
                return false;
            }
            place = in.find(static_cast<Key>(Access::integer(key)));
        } else {
            place = in.begin();
            while (place != in.end() && !(borrow(place->first, owner) == key)) {
                ++place;
            }
        }
        if (place == in.end()) {
            return false;
        }
        found = borrow(place->second, owner);
        return true;
    }
    void keys(const void* object, Holder* owner, std::vector<Value>& found) const override {
        found.reserve(map(object).size());
        for (const auto& member : map(object)) {
            found.push_back(borrow(member.first, owner));
        }
    }
    static const MapType instance;

private:
    static const T& map(const void* object) { return *static_cast<const T*>(object); }
};
template <typename T>
inline const MapType<T> MapType<T>::instance{};

/// The C++ object of type T that the value refers to; null when it is something else.
template <typename T>
const T* original(const Value& value) noexcept {
    const Type* type = nullptr;
    if constexpr (requires { ValueFrom<T>::type(); }) {
        type = &ValueFrom<T>::type();
    } else if constexpr (Map<T>) {
        type = &MapType<T>::instance;
    } else if constexpr (RandomAccess<T>) {
        type = &ListType<T>::instance;
    }
    const bool has_type = value.kind() >= Kind::list && type != nullptr;
    return has_type && Access::type(value) == type ? static_cast<const T*>(Access::object(value))
                                                   : nullptr;
}

template <typename F>
Value borrow_function(const F& function, Holder* owner);

template <typename T>
Value borrow_range(const T& range, Holder* owner) {
    if constexpr (Map<T>) {
        return Access::object(Kind::dict, &MapType<T>::instance, &range, owner);
    } else if constexpr (RandomAccess<T>) {
        return Access::object(Kind::list, &ListType<T>::instance, &range, owner);
    } else {
        std::vector<Value> items;
        for (const auto& item : range) {
            items.push_back(borrow(item, owner));
        }
        return Value::list(std::move(items));
    }
}

/// A value that refers to the object, which `owner` keeps, or the caller.
template <typename T>
Value borrow(const T& object, Holder* owner) {
    if constexpr (Custom<T>) {
        return ValueFrom<T>::borrow(object, owner);
    } else if constexpr (is_json<T>) {
        return borrow_json(object, owner);
    } else if constexpr (std::same_as<T, std::string>) {
        return Access::text(object, owner);
    } else if constexpr (is_a<T, std::optional>) {
        return object ? borrow(*object, owner) : Value{};
    } else if constexpr (is_a<T, std::reference_wrapper>) {
        return borrow(static_cast<const typename Pointee<T>::Type&>(object.get()), nullptr);
    } else if constexpr (is_a<T, std::pair> || is_a<T, std::tuple>) {
        return std::apply(
            [&](const auto&... part) { return Value::tuple({borrow(part, owner)...}); }, object
        );
    } else if constexpr (ConvertsToText<T> || !Range<T>) {
        if constexpr (Function<T>) {
            return borrow_function(object, owner);
        } else {
            static_assert(
                is_convertible<T>(),
                "templates know nothing of a type within this value: include what has its "
                "ValueFrom, such as <tornado/template/described.hpp> or "
                "<tornado/template/datetime.hpp>, or specialise that"
            );
            return make_value(object);
        }
    } else {
        return borrow_range(object, owner);
    }
}

/// A value that refers to an object of its own.
template <typename T>
Value own(T&& object) {
    auto* const box = new Box<std::decay_t<T>>(std::forward<T>(object));
    const auto keeper = Access::object(Kind::null, nullptr, nullptr, box);
    return borrow(box->object, box);
}

template <typename T>
Value share(const std::shared_ptr<T>& object) {
    if (object == nullptr) {
        return {};
    }
    if constexpr (std::is_base_of_v<Object, T>) {
        return from_object(object);
    } else {
        auto* const box = new Box<std::shared_ptr<T>>(object);
        const auto keeper = Access::object(Kind::null, nullptr, nullptr, box);
        return borrow(static_cast<const T&>(*object), box);
    }
}

template <typename T>
Value make_value(T&& value) {
    using V = std::decay_t<T>;
    if constexpr (std::same_as<V, Value>) {
        return std::forward<T>(value);
    } else if constexpr (is_a<V, std::reference_wrapper>) {
        return borrow(static_cast<const typename Pointee<V>::Type&>(value.get()), nullptr);
    } else if constexpr (std::is_null_pointer_v<V> || std::same_as<V, std::nullopt_t>) {
        return {};
    } else if constexpr (is_json<V>) {
        return own_json(std::forward<T>(value));
    } else if constexpr (is_number_type<V>) {
        return from_number(static_cast<V>(value));
    } else if constexpr (std::same_as<V, std::string>) {
        return from_text(std::forward<T>(value));
    } else if constexpr (std::is_convertible_v<const V&, const char*> && !Custom<V>) {
        const char* const text = value;
        return text == nullptr ? Value{} : from_text(text);
    } else if constexpr (std::is_convertible_v<const V&, std::string_view> && !Custom<V>) {
        return from_text(std::string{static_cast<std::string_view>(value)});
    } else if constexpr (ConvertsToText<V> && !Custom<V>) {
        return from_text(value);
    } else if constexpr (is_a<V, std::optional>) {
        return value ? make_value(*std::forward<T>(value)) : Value{};
    } else if constexpr (is_a<V, std::shared_ptr>) {
        return share(value);
    } else {
        return own(std::forward<T>(value));
    }
}

}  // namespace detail
}  // namespace tornado::templating

#include "tornado/template/function.hpp"  // IWYU pragma: export
