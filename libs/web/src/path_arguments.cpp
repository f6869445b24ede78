#include "tornado/web/path_arguments.hpp"

#include "tornado/escape.hpp"
#include "tornado/web/http_error.hpp"

namespace tornado::web {

namespace {

bool is_plain(std::string_view text) noexcept {
    for (const char c : text) {
        if (c == '%' || static_cast<unsigned char>(c) >= 0x80) {
            return false;
        }
    }
    return true;
}

}  // namespace

std::optional<std::string_view> PathArguments::operator[](std::size_t index) const noexcept {
    if (index >= size_) {
        return std::nullopt;
    }
    return index < inline_size ? first_[index] : rest_[index - inline_size];
}

void PathArguments::assign(const routing::PathGroups& groups) {
    size_ = groups.size();
    if (size_ > inline_size) {
        rest_.resize(size_ - inline_size);
    }
    for (std::size_t i = 0; i < size_; ++i) {
        auto value = groups[i];
        if (value && !is_plain(*value)) {
            auto decoded = escape::url_unescape_utf8(*value, false);
            if (decoded.has_error()) {
                throw HTTPError{400, "a path argument is not UTF-8"};
            }
            decoded_.reserve(size_);  // so that views into it stay valid
            value = decoded_.emplace_back(std::move(*decoded));
        }
        (i < inline_size ? first_[i] : rest_[i - inline_size]) = value;
    }
}

namespace detail {

void fail_not_found() {
    throw HTTPError{404};
}

}  // namespace detail
}  // namespace tornado::web
