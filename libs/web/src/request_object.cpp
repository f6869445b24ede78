#include <cctype>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "template_objects.hpp"
#include "tornado/httputil/http_server_request.hpp"
#include "tornado/web/request_handler.hpp"

namespace tornado::web::detail {

using httputil::HTTPServerRequest;
using templating::Arguments;
using templating::Value;

namespace {

struct WithoutCase {
    using is_transparent = void;
    bool operator()(std::string_view left, std::string_view right) const noexcept {
        return std::lexicographical_compare(
            left.begin(),
            left.end(),
            right.begin(),
            right.end(),
            [](unsigned char a, unsigned char b) { return std::tolower(a) < std::tolower(b); }
        );
    }
};

Value headers_of(const HTTPServerRequest& request) {
    std::map<std::string, std::string, WithoutCase> headers;
    for (const auto& [name, value] : request.headers()) {
        auto& all = headers[std::string{name}];
        all.append(all.empty() ? "" : ",").append(value);
    }
    return headers;
}

Value by_name(const httputil::Arguments& arguments) {
    std::map<std::string, std::vector<std::string>, std::less<>> names;
    for (const auto& argument : arguments) {
        names[argument.name].push_back(argument.value);
    }
    return names;
}

/// As the Morsels of Python.
Value cookies_of(const HTTPServerRequest& request) {
    std::vector<std::pair<Value, Value>> cookies;
    for (const auto& cookie : request.cookies()) {
        cookies.emplace_back(
            cookie.name, Value::dict({{"key", cookie.name}, {"value", cookie.value}})
        );
    }
    return Value::dict(std::move(cookies));
}

Value full_url(const HTTPServerRequest& request) {
    return [url = request.full_url()] { return url; };
}

Value request_time(const HTTPServerRequest& request) {
    const std::chrono::duration<double> seconds = request.request_time();
    return [time = seconds.count()] { return time; };
}

using Attributes = std::map<std::string_view, Value (*)(const HTTPServerRequest&)>;

const Attributes& request_attributes() {
    using R = const HTTPServerRequest&;
    static const Attributes attributes{
        {"arguments", [](R request) { return by_name(request.arguments()); }},
        {"body", [](R request) { return Value{request.body()}; }},
        {"body_arguments", [](R request) { return by_name(request.body_arguments()); }},
        {"cookies", cookies_of},
        {"full_url", full_url},
        {"headers", headers_of},
        {"host", [](R request) { return Value{request.host()}; }},
        {"host_name", [](R request) { return Value{request.host_name()}; }},
        {"method", [](R request) { return Value{request.method()}; }},
        {"path", [](R request) { return Value{request.path()}; }},
        {"protocol", [](R request) { return Value{request.protocol()}; }},
        {"query", [](R request) { return Value{request.query()}; }},
        {"query_arguments", [](R request) { return by_name(request.query_arguments()); }},
        {"remote_ip", [](R request) { return Value{request.remote_ip()}; }},
        {"request_time", request_time},
        {"uri", [](R request) { return Value{request.uri()}; }},
        {"version", [](R request) { return Value{request.version()}; }}};
    return attributes;
}

}  // namespace

std::optional<Value> RequestObject::attribute(std::string_view name) const {
    const auto& attributes = request_attributes();
    const auto found = attributes.find(name);
    return found == attributes.end() ? std::nullopt
                                     : std::optional{found->second(handler_.request())};
}

}  // namespace tornado::web::detail
