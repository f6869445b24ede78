#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tornado/template/object.hpp"

namespace tornado::web {

class RequestHandler;
class User;

namespace detail {

/// Something of a handler that templates see.
class HandlerPart : public templating::Object {
public:
    explicit HandlerPart(RequestHandler& handler) : handler_{handler} {}

protected:
    RequestHandler& handler_;
};

/// The handler itself, as far as templates may use it.
class HandlerObject final : public HandlerPart {
public:
    using HandlerPart::HandlerPart;
    [[nodiscard]] std::string_view type_name() const override { return "RequestHandler"; }
    [[nodiscard]] std::optional<templating::Value> attribute(std::string_view name) const override;

private:
    mutable std::optional<templating::Value> settings_;
};

/// What HTTPServerRequest is in Python.
class RequestObject final : public HandlerPart {
public:
    using HandlerPart::HandlerPart;
    [[nodiscard]] std::string_view type_name() const override { return "HTTPServerRequest"; }
    [[nodiscard]] std::optional<templating::Value> attribute(std::string_view name) const override;
};

/// The locale that the handler answers in.
class LocaleObject final : public HandlerPart {
public:
    using HandlerPart::HandlerPart;
    [[nodiscard]] std::string_view type_name() const override { return "Locale"; }
    [[nodiscard]] std::optional<templating::Value> attribute(std::string_view name) const override;
};

/// Prints the XSRF token, which gives the client its cookie only then.
class XSRFTokenObject final : public HandlerPart {
public:
    using HandlerPart::HandlerPart;
    [[nodiscard]] std::string_view type_name() const override { return "xsrf_token"; }
    [[nodiscard]] std::optional<templating::Value> attribute(std::string_view) const override {
        return std::nullopt;
    }
    [[nodiscard]] std::optional<std::string> str() const override;
};

/// A user as templates see it: None, text, a number, JSON, what is a templating::Value already; or
/// something that is only there.
[[nodiscard]] templating::Value user_value(const User& user);

/// The settings by their names, and the application's own.
[[nodiscard]] templating::Value settings_value(const RequestHandler& handler);

}  // namespace detail
}  // namespace tornado::web
