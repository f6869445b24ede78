#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "json_problem.hpp"
#include "tornado/escape/json.hpp"
#include "tornado/httputil/responses.hpp"
#include "tornado/web/json/place.hpp"
#include "tornado/web/json/writer.hpp"

namespace tornado::web::detail {

namespace json = boost::json;

namespace {

/// What a Content-Type says before its parameters, in lower case.
std::string media_type_of(std::string_view content_type) {
    constexpr std::string_view space = " \t";
    std::string type{content_type.substr(0, content_type.find(';'))};
    type.erase(type.find_last_not_of(space) + 1);
    type.erase(0, type.find_first_not_of(space));
    for (char& c : type) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return type;
}

}  // namespace

void JSONPlace::append_to(std::string& path) const {
    if (parent_ == nullptr) {
        return;
    }
    parent_->append_to(path);
    if (index_ != no_index) {
        path += "[" + std::to_string(index_) + "]";
        return;
    }
    constexpr std::size_t longest = 64;  // the name may be the client's, and anything
    path.append(path.empty() ? "" : ".").append(name_.substr(0, longest));
    path.append(name_.size() > longest ? "..." : "");
}

void JSONPlace::fail(std::string_view problem) const {
    std::string message;
    append_to(message);
    message.append(message.empty() ? "" : ": ").append(problem);
    throw JSONBodyError{422, std::move(message)};
}

bool JSONPlace::read_bool(const json::value& value) const {
    const auto* const is = value.if_bool();
    return is != nullptr ? *is : (fail("expected true or false"), false);
}

double JSONPlace::read_number(const json::value& value) const {
    switch (value.kind()) {
        case json::kind::int64:
            return static_cast<double>(value.get_int64());
        case json::kind::uint64:
            return static_cast<double>(value.get_uint64());
        case json::kind::double_:
            return value.get_double();
        default:
            fail("expected a number");
    }
}

std::string_view JSONPlace::read_string(const json::value& value) const {
    if (const auto* const text = value.if_string()) {
        return {text->data(), text->size()};
    }
    fail("expected a string");
}

const json::array& JSONPlace::read_array(const json::value& value) const {
    if (const auto* const array = value.if_array()) {
        return *array;
    }
    fail("expected an array");
}

const json::object& JSONPlace::read_object(const json::value& value) const {
    if (const auto* const object = value.if_object()) {
        return *object;
    }
    fail("expected an object");
}

void check_json_type(const httputil::HTTPServerRequest& request) {
    using httputil::KnownHeader;
    const auto& headers = request.headers();
    if (headers.count(KnownHeader::content_type) > 1) {
        throw JSONBodyError{
            415, "the body has more than one Content-Type: send JSON as application/json"};
    }
    const auto type = media_type_of(headers.first(KnownHeader::content_type).value_or(""));
    // What the Fetch standard lets a page send anywhere, with the visitor's cookies.
    for (const std::string_view form :
         {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"}) {
        if (type == form) {
            throw JSONBodyError{
                415, "the body's Content-Type is " + type + ": send JSON as application/json"};
        }
    }
    if (!type.empty()) {
        return;
    }
    for (const auto& site : headers.get_list("Sec-Fetch-Site")) {
        if (site == "cross-site" || site == "same-site") {
            throw JSONBodyError{
                415,
                "a page of another site sends a body without a Content-Type: send JSON as "
                "application/json"};
        }
    }
}

json::value parse_json_body(std::string_view body) {
    if (body.empty()) {
        throw JSONBodyError{400, "the body is empty: expected JSON"};
    }
    auto value = escape::json_decode(body);
    if (value.has_error()) {
        throw JSONBodyError{400, "the body is not JSON: " + value.error().message()};
    }
    return std::move(*value);
}

std::optional<std::string> json_problem(const std::exception_ptr& error) {
    if (error == nullptr) {
        return std::nullopt;
    }
    try {
        std::rethrow_exception(error);
    } catch (const JSONBodyError& problem) {
        std::string text = R"({"title": )";
        escape::append_json_string(text, httputil::reason_phrase(problem.status_code()));
        text += R"(, "status": )" + std::to_string(problem.status_code()) + R"(, "detail": )";
        escape::append_json_string(text, problem.message());
        return text + "}";
    } catch (...) {
        return std::nullopt;
    }
}

void fail_unnamed_enumerator() {
    throw std::invalid_argument{
        "write() cannot name this value of an enum: describe all of its enumerators"};
}

double as_written(float number) noexcept {
    if (!std::isfinite(number)) {
        return number;
    }
    std::array<char, 32> digits;
    const auto* const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    double same = number;
    std::from_chars(digits.data(), end, same);
    return same;
}

}  // namespace tornado::web::detail
