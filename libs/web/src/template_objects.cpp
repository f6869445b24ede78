#include "template_objects.hpp"

#include <algorithm>
#include <any>
#include <boost/json.hpp>
#include <map>
#include <vector>

#include "template_functions.hpp"
#include "tornado/template/error.hpp"
#include "tornado/web/application.hpp"
#include "tornado/web/request_handler.hpp"

namespace tornado::web::detail {

using templating::Arguments;
using templating::Value;

namespace {

/// As Python's `get_argument` and its like: the default is returned as it is.
template <auto has_value>
Value argument(RequestHandler& handler, const Arguments& arguments) {
    static const std::vector<std::string> names{"name", "default", "strip"};
    const auto given = arguments.bind(names, 1);
    const auto name = given[0].as<std::string_view>();
    const auto strip = given[2].is_null() || given[2].truth() ? Strip::yes : Strip::no;
    const auto values = (handler.*has_value)(name, strip);
    if (!values.empty()) {
        return values.back();
    }
    const bool has_default = arguments.size() > 1 || arguments.find("default") != nullptr;
    if (!has_default) {
        throw MissingArgumentError{std::string{name}};
    }
    return given[1];
}

template <auto all_values>
Value arguments_of(RequestHandler& handler, const Arguments& arguments) {
    static const std::vector<std::string> names{"name", "strip"};
    const auto given = arguments.bind(names, 1);
    const auto strip = given[1].is_null() || given[1].truth() ? Strip::yes : Strip::no;
    return (handler.*all_values)(given[0].as<std::string_view>(), strip);
}

Value get_cookie(RequestHandler& handler, const Arguments& arguments) {
    static const std::vector<std::string> names{"name", "default"};
    const auto given = arguments.bind(names, 1);
    auto cookie = handler.get_cookie(given[0].as<std::string_view>());
    return cookie ? Value{std::move(*cookie)} : given[1];
}

Value get_signed_cookie(RequestHandler& handler, const Arguments& arguments) {
    arguments.check(1, 1);
    return handler.get_signed_cookie(arguments[0].as<std::string_view>());
}

Value get_status(RequestHandler& handler, const Arguments& arguments) {
    arguments.check(0, 0);
    return handler.get_status();
}

Value get_login_url(RequestHandler& handler, const Arguments& arguments) {
    arguments.check(0, 0);
    return handler.get_login_url();
}

Value application(RequestHandler& handler) {
    return Value::dict({{"settings", settings_value(handler)}});
}

Value path_args(RequestHandler& handler) {
    std::vector<Value> groups;
    const auto& captured = handler.path_args();
    for (std::size_t i = 0; i < captured.size(); ++i) {
        groups.emplace_back(captured[i]);
    }
    return Value::list(std::move(groups));
}

template <Value (*call)(RequestHandler&, const Arguments&)>
Value function(RequestHandler& handler) {
    return TemplateFunction<call>{&handler};
}

using Attributes = std::map<std::string_view, Value (*)(RequestHandler&)>;

const Attributes& handler_attributes() {
    using H = RequestHandler;
    static const Attributes attributes{
        {"application", application},
        {"current_user", [](H& handler) { return user_value(handler.current_user()); }},
        {"get_argument", function<argument<&H::get_arguments>>},
        {"get_arguments", function<arguments_of<&H::get_arguments>>},
        {"get_body_argument", function<argument<&H::get_body_arguments>>},
        {"get_body_arguments", function<arguments_of<&H::get_body_arguments>>},
        {"get_cookie", function<get_cookie>},
        {"get_login_url", function<get_login_url>},
        {"get_query_argument", function<argument<&H::get_query_arguments>>},
        {"get_query_arguments", function<arguments_of<&H::get_query_arguments>>},
        {"get_secure_cookie", function<get_signed_cookie>},
        {"get_signed_cookie", function<get_signed_cookie>},
        {"get_status", function<get_status>},
        {"locale", [](H& handler) { return Value{std::make_shared<LocaleObject>(handler)}; }},
        {"path_args", path_args},
        {"request", [](H& handler) { return Value{std::make_shared<RequestObject>(handler)}; }},
        {"reverse_url", function<reverse_url>},
        {"static_url", function<static_url>},
        {"xsrf_form_html", function<xsrf_form_html>},
        {"xsrf_token", [](H& handler) { return Value{handler.xsrf_token()}; }}};
    return attributes;
}

/// A user of a type that only the program knows.
class OpaqueUser final : public templating::Object {
public:
    [[nodiscard]] std::string_view type_name() const override { return "User"; }
    [[nodiscard]] std::optional<Value> attribute(std::string_view) const override {
        throw templating::Error{
            "AttributeError",
            "templates cannot read a current_user of this type: give them one that they can, in "
            "get_template_namespace()"};
    }
};

/// An application's own setting, if it is of a type that templates know.
std::optional<Value> own_setting(const std::any& setting) {
    std::optional<Value> value;
    const auto try_as = [&]<typename T>(const T*) {
        if (const auto* const held = std::any_cast<T>(&setting); !value && held != nullptr) {
            value.emplace(*held);
        }
    };
    try_as(static_cast<const std::string*>(nullptr));
    try_as(static_cast<const char* const*>(nullptr));
    try_as(static_cast<const bool*>(nullptr));
    try_as(static_cast<const int*>(nullptr));
    try_as(static_cast<const long*>(nullptr));
    try_as(static_cast<const double*>(nullptr));
    try_as(static_cast<const boost::json::value*>(nullptr));
    if (const auto* const held = std::any_cast<Value>(&setting)) {
        value = *held;
    }
    return value;
}

}  // namespace

std::optional<Value> HandlerObject::attribute(std::string_view name) const {
    if (name == "settings") {  // asked for many times in a page, and always the same
        if (!settings_) {
            settings_ = settings_value(handler_);
        }
        return settings_;
    }
    const auto& attributes = handler_attributes();
    const auto found = attributes.find(name);
    return found == attributes.end() ? std::nullopt : std::optional{found->second(handler_)};
}

std::optional<std::string> XSRFTokenObject::str() const {
    return handler_.xsrf_token();
}

Value user_value(const User& user) {
    if (!user) {
        return {};
    }
    if (const auto* const text = user.get_if<std::string>()) {
        return *text;
    }
    if (const auto* const value = user.get_if<Value>()) {
        return *value;
    }
    if (const auto* const json = user.get_if<boost::json::value>()) {
        return *json;
    }
    if (const auto* const json = user.get_if<boost::json::object>()) {
        return *json;
    }
    if (const auto* const number = user.get_if<int>()) {
        return *number;
    }
    if (const auto* const number = user.get_if<std::int64_t>()) {
        return *number;
    }
    return std::make_shared<OpaqueUser>();
}

Value settings_value(const RequestHandler& handler) {
    const auto& its = handler.settings();
    std::vector<std::pair<Value, Value>> items{
        {"autoescape", its.autoescape},
        {"compress_response", its.compress_response},
        {"debug", its.debug},
        {"login_url", its.login_url},
        {"static_path", its.static_path},
        {"static_url_prefix", its.static_url_prefix},
        {"template_path", its.template_path},
        {"xsrf_cookies", its.xsrf_cookies}};
    for (const auto& [name, setting] : its.extra) {
        if (auto value = own_setting(setting)) {
            items.emplace_back(name, std::move(*value));
        }
    }
    return Value::dict(std::move(items));
}

}  // namespace tornado::web::detail
