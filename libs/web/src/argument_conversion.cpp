#include "tornado/web/argument_conversion.hpp"

#include "tornado/web/http_error.hpp"

namespace tornado::web::detail {

void fail_bad_argument(std::string_view name) {
    throw HTTPError{400, "argument " + std::string{name} + " has the wrong type"};
}

void fail_not_found() {
    throw HTTPError{404};
}

}  // namespace tornado::web::detail
