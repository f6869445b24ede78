#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "tornado/web/request_handler.hpp"

namespace tornado::web::detail {

/// Where in a JSON text its reader stands: a chain on the stack, which costs something only when
/// an error has to name the place.
class JSONPlace {
public:
    explicit JSONPlace(UnknownFields unknown) noexcept : unknown_{unknown} {}

    [[nodiscard]] JSONPlace field(std::string_view name) const noexcept {
        return {*this, name, no_index};
    }
    [[nodiscard]] JSONPlace item(std::size_t index) const noexcept { return {*this, {}, index}; }
    /// Whether fields that nobody knows are an error.
    [[nodiscard]] bool refuses_unknown() const noexcept {
        return unknown_ == UnknownFields::refuse;
    }

    /// Throws JSONBodyError{422}: "address.city: expected a string".
    [[noreturn]] void fail(std::string_view problem) const;

    // The value, if it is one of that kind; otherwise fail().
    [[nodiscard]] bool read_bool(const boost::json::value& value) const;
    [[nodiscard]] double read_number(const boost::json::value& value) const;
    [[nodiscard]] std::string_view read_string(const boost::json::value& value) const;
    [[nodiscard]] const boost::json::array& read_array(const boost::json::value& value) const;
    [[nodiscard]] const boost::json::object& read_object(const boost::json::value& value) const;

private:
    static constexpr auto no_index = static_cast<std::size_t>(-1);
    JSONPlace(const JSONPlace& parent, std::string_view name, std::size_t index) noexcept
        : parent_{&parent},
          name_{name},
          index_{index},
          unknown_{parent.unknown_} {}
    void append_to(std::string& path) const;

    const JSONPlace* parent_ = nullptr;
    std::string_view name_;
    std::size_t index_ = no_index;
    UnknownFields unknown_;
};

/// Throws JSONBodyError{415} for a body that a page of another site can have sent without being
/// asked for leave: as a form, or as bytes without a type.
void check_json_type(const httputil::HTTPServerRequest& request);

/// The value of a JSON text. Throws JSONBodyError{400} for what is none.
[[nodiscard]] boost::json::value parse_json_body(std::string_view body);

}  // namespace tornado::web::detail
