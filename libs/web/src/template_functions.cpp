#include "template_functions.hpp"

#include <optional>
#include <string>
#include <vector>

#include "tornado/locale/locale.hpp"
#include "tornado/web/request_handler.hpp"

namespace tornado::web::detail {

using templating::Arguments;
using templating::Value;

namespace {

using Names = std::vector<std::string>;

}  // namespace

Value translate(RequestHandler& handler, const Arguments& arguments) {
    static const Names names{"message", "plural_message", "count"};
    const auto given = arguments.bind(names, 1);
    const auto& locale = handler.locale();
    const auto message = given[0].as<std::string_view>();
    return given[1].is_null()
               ? locale.translate(message)
               : locale.translate(
                     message, given[1].as<std::string_view>(), given[2].as<std::int64_t>()
                 );
}

Value pgettext(RequestHandler& handler, const Arguments& arguments) {
    static const Names names{"context", "message", "plural_message", "count"};
    const auto given = arguments.bind(names, 2);
    const auto& locale = handler.locale();
    const auto context = given[0].as<std::string_view>();
    const auto message = given[1].as<std::string_view>();
    return given[2].is_null()
               ? locale.pgettext(context, message)
               : locale.pgettext(
                     context, message, given[2].as<std::string_view>(), given[3].as<std::int64_t>()
                 );
}

Value static_url(RequestHandler& handler, const Arguments& arguments) {
    static const Names names{"path", "include_host", "include_version"};
    const auto given = arguments.bind(names, 1);
    const auto include_host = given[1].is_null() ? std::nullopt : std::optional{given[1].truth()};
    return handler.static_url(
        given[0].as<std::string_view>(), include_host, given[2].is_null() || given[2].truth()
    );
}

Value reverse_url(RequestHandler& handler, const Arguments& arguments) {
    arguments.check(1, static_cast<std::size_t>(-1));
    std::vector<std::string> groups;
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        groups.push_back(arguments[i].str());
    }
    return handler.reverse_url(arguments[0].as<std::string_view>(), groups);
}

Value xsrf_form_html(RequestHandler& handler, const Arguments& arguments) {
    arguments.check(0, 0);
    return handler.xsrf_form_html();
}

}  // namespace tornado::web::detail
