#include "json.hpp"

#include <boost/json.hpp>
#include <utility>

#include "repr.hpp"
#include "sequence.hpp"
#include "tornado/template/error.hpp"

namespace tornado::templating::detail {

namespace {

namespace json = boost::json;

std::string_view view(const json::string& text) {
    return {text.data(), text.size()};
}

class JsonArrayType final : public Type {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "list"; }
    [[nodiscard]] std::size_t size(const void* object) const override {
        return static_cast<const json::array*>(object)->size();
    }
    [[nodiscard]] Value at(const void* object, std::size_t index, Holder* owner) const override {
        return borrow_json((*static_cast<const json::array*>(object))[index], owner);
    }
};

class JsonObjectType final : public Type {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "dict"; }
    [[nodiscard]] std::size_t size(const void* object) const override {
        return static_cast<const json::object*>(object)->size();
    }
    [[nodiscard]] bool find(const void* object, const Value& key, Holder* owner, Value& found)
        const override {
        if (key.kind() != Kind::string) {
            return false;
        }
        const auto name = Access::text(key);
        const auto* const member =
            static_cast<const json::object*>(object)->if_contains({name.data(), name.size()});
        if (member != nullptr) {
            found = borrow_json(*member, owner);
        }
        return member != nullptr;
    }
    void keys(const void* object, Holder* owner, std::vector<Value>& found) const override {
        for (const auto& member : *static_cast<const json::object*>(object)) {
            found.push_back(Access::text({member.key().data(), member.key().size()}, owner));
        }
    }
};

const JsonArrayType array_type;
const JsonObjectType object_type;

template <typename Json>
Value boxed(Json&& value) {
    auto* const box = new Box<std::remove_cvref_t<Json>>(std::forward<Json>(value));
    const auto keeper = Access::object(Kind::null, nullptr, nullptr, box);
    return borrow_json(box->object, box);
}

std::string key_text(const Value& key) {
    switch (key.kind()) {
        case Kind::string:
            return std::string{Access::text(key)};
        case Kind::null:
            return "null";
        case Kind::boolean:
            return key.truth() ? "true" : "false";
        case Kind::integer:
        case Kind::floating:
            return key.repr();
        default:
            throw Error{
                "TypeError",
                "keys must be str, int, float, bool or None, not " + std::string{key.type_name()}};
    }
}

json::value json_of(const Value& value);

json::value object_of(const Value& dict) {
    const Nested nested;
    json::object object;
    for (const auto& key : keys_of(dict)) {
        charge(1);
        Value member;
        if (find_in(dict, key, member)) {
            object[key_text(key)] = json_of(member);
        }
    }
    return object;
}

json::value array_of(const Value& list) {
    const Nested nested;
    json::array array;
    const auto size = list.size();
    charge_for_size(size);
    array.reserve(size);
    for (std::size_t i = 0; i < size; ++i) {
        charge(1);
        array.push_back(json_of(element(list, i)));
    }
    return array;
}

json::value json_of(const Value& value) {
    switch (value.kind()) {
        case Kind::null:
            return nullptr;
        case Kind::boolean:
            return json::value(value.truth());
        case Kind::integer:
            return json::value(Access::integer(value));
        case Kind::floating:
            return json::value(Access::floating(value));
        case Kind::string: {
            const auto text = Access::text(value);
            charge_for_size(text.size());
            return json::value(json::string_view{text.data(), text.size()});
        }
        case Kind::list:
        case Kind::tuple:
            return array_of(value);
        case Kind::dict:
            return object_of(value);
        default:
            throw Error{
                "TypeError",
                "Object of type " + std::string{value.type_name()} + " is not JSON serializable"};
    }
}

}  // namespace

Value borrow_json(const json::array& array, Holder* owner) {
    return Access::object(Kind::list, &array_type, &array, owner);
}

Value borrow_json(const json::object& object, Holder* owner) {
    return Access::object(Kind::dict, &object_type, &object, owner);
}

Value borrow_json(const json::value& value, Holder* owner) {
    switch (value.kind()) {
        case json::kind::null:
            return {};
        case json::kind::bool_:
            return Access::boolean(value.get_bool());
        case json::kind::int64:
            return Access::integer(value.get_int64());
        case json::kind::uint64:
            return from_unsigned(value.get_uint64());
        case json::kind::double_:
            return Access::floating(value.get_double());
        case json::kind::string:
            return Access::text(view(value.get_string()), owner);
        case json::kind::array:
            return borrow_json(value.get_array(), owner);
        case json::kind::object:
            return borrow_json(value.get_object(), owner);
    }
    return {};
}

Value own_json(const json::value& value) {
    return boxed(value);
}
Value own_json(const json::object& object) {
    return boxed(object);
}
Value own_json(const json::array& array) {
    return boxed(array);
}
Value own_json(json::value&& value) {
    return boxed(std::move(value));
}
Value own_json(json::object&& object) {
    return boxed(std::move(object));
}
Value own_json(json::array&& array) {
    return boxed(std::move(array));
}

json::value to_json(const Value& value) {
    return json_of(value);
}

}  // namespace tornado::templating::detail
