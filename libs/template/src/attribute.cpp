#include "attribute.hpp"

#include <string>

#include "sequence.hpp"
#include "tornado/template/compiled/dynamic.hpp"
#include "tornado/template/error.hpp"

namespace tornado::templating {

namespace detail {

namespace {

struct BoundMethod final : Holder {
    BoundMethod(const Value& value, const Method* found) : self{value}, method{found} {}
    Value self;
    const Method* method;
};

Value call_found(const Value& self, const Method& method, const Arguments& arguments) {
    if (method.takes_keywords) {
        Arguments{arguments.begin(), arguments.size()}.check(method.least, method.most);
    } else {
        arguments.check(method.least, method.most);
    }
    return method.call(self, arguments);
}

class BoundMethodType final : public Type {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "method"; }
    [[nodiscard]] Value call(const void* object, const Arguments& arguments) const override {
        const auto& bound = *static_cast<const BoundMethod*>(object);
        return call_found(bound.self, *bound.method, arguments);
    }
};

const BoundMethodType bound_method_type;

/// What has the name without being a method; a dict's keys may be read as attributes.
bool find_attribute(const Value& object, std::string_view name, Value& found) {
    if (object.kind() == Kind::dict) {
        return find_in(object, Access::text(name, nullptr), found);
    }
    return object.kind() >= Kind::callable &&
           Access::type(object)->attribute(
               Access::object(object), name, Access::owner(object), found
           );
}

}  // namespace

const Value* object_of_method(const Value& method) noexcept {
    return method.kind() == Kind::callable && Access::type(method) == &bound_method_type
               ? &static_cast<const BoundMethod*>(Access::object(method))->self
               : nullptr;
}

Value attribute_of(const Value& object, std::string_view name) {
    if (const auto* const method = find_method(object.kind(), name)) {
        auto* const bound = new BoundMethod{object, method};
        return Access::object(Kind::callable, &bound_method_type, bound, bound);
    }
    Value found;
    if (!compiled::translated([&] { return find_attribute(object, name, found); })) {
        compiled::no_attribute(object.type_name(), name);
    }
    return found;
}

Value call(const Value& callable, const Arguments& arguments) {
    if (callable.kind() < Kind::callable) {
        throw Error{
            "TypeError", "'" + std::string{callable.type_name()} + "' object is not callable"};
    }
    return compiled::translated([&] {
        return Access::type(callable)->call(Access::object(callable), arguments);
    });
}

Value call_method(const Value& object, std::string_view name, const Arguments& arguments) {
    return compiled::Callee{object, name}.call(arguments);
}

}  // namespace detail

namespace compiled {

void check_attribute(const Value& object, std::string_view name) {
    if (detail::find_method(object.kind(), name) == nullptr) {
        (void)detail::attribute_of(object, name);
    }
}

Callee::Callee(const Value& object, std::string_view name)
    : value_{&object},
      method_{detail::find_method(object.kind(), name)} {
    if (method_ == nullptr) {
        attribute_ = detail::attribute_of(object, name);
        value_ = &attribute_;
    }
}

Value Callee::call(const Arguments& arguments) const {
    return method_ != nullptr ? detail::call_found(*value_, *method_, arguments)
                              : detail::call(*value_, arguments);
}

}  // namespace compiled

}  // namespace tornado::templating
