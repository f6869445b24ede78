#include "tornado/web/path_arguments.hpp"

#include "tornado/escape.hpp"
#include "tornado/web/http_error.hpp"
#include "tornado/web/request_handler.hpp"

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

PathArguments::Value PathArguments::operator[](std::size_t index) const noexcept {
    if (index >= size_) {
        return std::nullopt;
    }
    return index < inline_size ? first_[index] : rest_[index - inline_size];
}

PathArguments::Value PathArguments::operator[](std::string_view name) const noexcept {
    const auto index = index_of(name);
    return index ? operator[](*index) : std::nullopt;
}

std::optional<std::size_t> PathArguments::index_of(std::string_view name) const noexcept {
    if (pattern_ == nullptr) {
        return std::nullopt;
    }
    const auto& names = pattern_->group_names();
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == name) {
            return i;
        }
    }
    return std::nullopt;
}

PathArguments::Value PathArguments::undecoded(std::size_t index) const noexcept {
    return index < size_ ? (*groups_)[index] : std::nullopt;
}

void PathArguments::assign(
    const routing::PathPattern& pattern,
    const routing::PathGroups& groups,
    const RequestHandler* decoder
) {
    pattern_ = &pattern;
    groups_ = &groups;
    size_ = groups.size();
    if (size_ > inline_size) {
        rest_.resize(size_ - inline_size);
    }
    for (std::size_t i = 0; i < size_; ++i) {
        auto value = groups[i];
        if (value && (decoder != nullptr || !is_plain(*value))) {
            decoded_.reserve(size_);  // so that views into it stay valid
            value = decoded_.emplace_back(decode(i, decoder));
        }
        (i < inline_size ? first_[i] : rest_[i - inline_size]) = value;
    }
}

std::string PathArguments::decode(std::size_t index, const RequestHandler* decoder) const {
    const auto text = *(*groups_)[index];
    if (decoder != nullptr) {
        const auto& names = pattern_->group_names();
        return decoder->decode_argument(
            escape::url_unescape(text, false),
            index < names.size() ? std::string_view{names[index]} : std::string_view{}
        );
    }
    auto decoded = escape::url_unescape_utf8(text, false);
    if (decoded.has_error()) {
        throw HTTPError{400, "a path argument is not UTF-8"};
    }
    return std::move(*decoded);
}

}  // namespace tornado::web
