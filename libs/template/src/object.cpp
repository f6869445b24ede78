#include "tornado/template/object.hpp"

#include "object_type.hpp"
#include "tornado/template/error.hpp"

namespace tornado::templating {

namespace {

class ObjectType final : public detail::Type {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "object"; }
    [[nodiscard]] bool attribute(
        const void* object,
        std::string_view name,
        detail::Holder*,
        Value& found
    ) const override {
        auto attribute = self(object).attribute(name);
        if (attribute) {
            found = std::move(*attribute);
        }
        return attribute.has_value();
    }
    [[nodiscard]] Value call(const void* object, const Arguments& arguments) const override {
        return self(object).call(arguments);
    }
    [[nodiscard]] bool text(const void* object, std::string& text) const override {
        auto own = self(object).str();
        text = own ? std::move(*own) : "<" + std::string{self(object).type_name()} + " object>";
        return true;
    }
    [[nodiscard]] bool repr(const void* object, std::string& text) const override {
        return this->text(object, text);
    }

private:
    static const Object& self(const void* object) { return *static_cast<const Object*>(object); }
};

const ObjectType object_type;

}  // namespace

Value Object::call(const Arguments&) const {
    throw Error{"TypeError", "'" + std::string{type_name()} + "' object is not callable"};
}

namespace detail {

const Object* as_object(const Type* type, const void* object) noexcept {
    return type == &object_type ? static_cast<const Object*>(object) : nullptr;
}

Value borrow_object(const Object& object, Holder* owner) {
    return Access::object(Kind::object, &object_type, &object, owner);
}

Value from_object(std::shared_ptr<const Object> object) {
    const auto* const plain = object.get();
    auto* const box = new Box<std::shared_ptr<const Object>>(std::move(object));
    return borrow_object(*plain, box);
}

}  // namespace detail
}  // namespace tornado::templating
