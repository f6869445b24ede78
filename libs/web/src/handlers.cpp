#include "tornado/web/handlers.hpp"

#include <charconv>
#include <stdexcept>

#include "tornado/httputil/arguments.hpp"

namespace tornado::web {

void ErrorHandler::prepare() {
    throw HTTPError{status_code_};
}

void RedirectHandler::get(const PathArguments& groups) {
    std::string url;
    for (std::string_view rest = url_; !rest.empty();) {
        const auto open = std::min(rest.find('{'), rest.size());
        url.append(rest.substr(0, open));
        rest.remove_prefix(open);
        const auto close = rest.find('}');
        if (close == std::string_view::npos) {
            url.append(rest);
            break;
        }
        std::size_t index = 0;
        const auto end = rest.data() + close;
        if (const auto parsed = std::from_chars(rest.data() + 1, end, index);
            parsed.ec != std::errc{} || parsed.ptr != end || index >= groups.size()) {
            throw std::invalid_argument{
                "RedirectHandler: no group for " + std::string{rest.substr(0, close + 1)} + " in " +
                url_};
        }
        url.append(groups[index].value_or(""));
        rest.remove_prefix(close + 1);
    }
    redirect(
        httputil::url_concat(url, httputil::qs_to_qsl(request().query_arguments())), permanent_
    );
}

}  // namespace tornado::web
