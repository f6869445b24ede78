#include "tornado/httputil/chunked.hpp"

#include <algorithm>

#include "character.hpp"
#include "field_parser.hpp"
#include "head_scanner.hpp"

namespace tornado::httputil {
namespace {

constexpr int max_size_digits = 16;
constexpr Errc ok{};

/// Fields that frame, route or authorise a message: too late in its trailers (RFC 9110, 6.5.1).
constexpr KnownHeader forbidden_trailers[] = {
    KnownHeader::authorization,
    KnownHeader::cache_control,
    KnownHeader::connection,
    KnownHeader::content_encoding,
    KnownHeader::content_length,
    KnownHeader::content_range,
    KnownHeader::content_type,
    KnownHeader::cookie,
    KnownHeader::expect,
    KnownHeader::host,
    KnownHeader::keep_alive,
    KnownHeader::proxy_authorization,
    KnownHeader::range,
    KnownHeader::set_cookie,
    KnownHeader::te,
    KnownHeader::trailer,
    KnownHeader::transfer_encoding,
    KnownHeader::upgrade,
};

}  // namespace

ChunkedDecoder::Step ChunkedDecoder::next(std::string_view input) {
    std::size_t at = 0;
    while (state_ != State::complete && state_ != State::failed && at != input.size()) {
        if (state_ == State::data) {
            const auto size =
                static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size() - at));
            remaining_ -= size;
            state_ = remaining_ == 0 ? State::data_cr : State::data;
            return {Status::data, ok, at + size, input.substr(at, size)};
        }
        auto error = ok;
        if (state_ == State::trailers) {
            at += read_trailers(input.substr(at), error);
        } else {
            error = read_frame(input[at++]);
        }
        if (error != ok) {
            error_ = error;
            state_ = State::failed;
        }
    }
    if (state_ == State::failed) {
        return {Status::error, error_, at, {}};
    }
    return {state_ == State::complete ? Status::complete : Status::need_more, ok, at, {}};
}

void ChunkedDecoder::reset() noexcept {
    state_ = State::size_start;
    error_ = ok;
    digits_ = 0;
    remaining_ = 0;
    body_size_ = 0;
    extension_size_ = 0;
    trailer_line_ = 0;
    trailer_text_.clear();
    trailers_.clear();
}

/// Takes one byte of what surrounds the data.
Errc ChunkedDecoder::read_frame(char c) {
    const auto expect = [&](char wanted, State then) {
        state_ = then;
        return c == wanted ? ok : Errc::bad_chunk;
    };
    switch (state_) {
        case State::size_start:
        case State::size:
            return read_size(c);
        case State::before_extension:
        case State::name_start:
        case State::name:
        case State::after_name:
        case State::value_start:
        case State::value:
        case State::quoted:
        case State::quoted_pair:
        case State::quoted_end:
            return read_extension(c);
        case State::size_lf:
            return c == '\n' ? begin_chunk() : Errc::bad_chunk;
        case State::data_cr:
            return expect('\r', State::data_lf);
        default:
            return expect('\n', State::size_start);
    }
}

Errc ChunkedDecoder::read_size(char c) {
    if (const int value = hex_value(c); value >= 0) {
        const bool first = state_ == State::size_start;
        state_ = State::size;
        digits_ = first ? 0 : digits_;
        if (remaining_ == 0 && value == 0) {  // zeros in front say nothing, as extensions do
            extension_size_ += first ? 0 : 1;
            return extension_size_ > limits_.max_extension_size ? Errc::bad_chunk : ok;
        }
        remaining_ = remaining_ * 16 + static_cast<std::uint64_t>(value);
        return ++digits_ > max_size_digits ? Errc::bad_chunk : ok;
    }
    if (state_ == State::size_start) {
        return Errc::bad_chunk;
    }
    if (c == '\r') {
        state_ = State::size_lf;
        return ok;
    }
    state_ = State::before_extension;
    return read_extension(c);
}

/// Skips a byte of `*( BWS ";" BWS name [ BWS "=" BWS value ] )`, up to the line's end.
Errc ChunkedDecoder::read_extension(char c) {
    const bool may_end =
        state_ == State::name || state_ == State::value || state_ == State::quoted_end;
    if (c == '\r' && may_end) {
        state_ = State::size_lf;
        return ok;
    }
    if (++extension_size_ > limits_.max_extension_size || !is(c, value_char)) {
        return Errc::bad_chunk;
    }
    const auto next = next_in_extension(c);
    state_ = next.value_or(State::failed);
    return next ? ok : Errc::bad_chunk;
}

/// Where `c` leads within an extension; nullopt where it must not stand.
std::optional<ChunkedDecoder::State> ChunkedDecoder::next_in_extension(char c) const noexcept {
    const bool space = c == ' ' || c == '\t';
    const bool token = is(c, token_char);
    const auto or_none = [](bool allowed, State state) {
        return allowed ? std::optional{state} : std::nullopt;
    };
    switch (state_) {
        case State::name_start:
            return space ? State::name_start : or_none(token, State::name);
        case State::value_start:
            return space      ? State::value_start
                   : c == '"' ? State::quoted
                              : or_none(token, State::value);
        case State::quoted:
            return c == '"' ? State::quoted_end : c == '\\' ? State::quoted_pair : State::quoted;
        case State::quoted_pair:
            return State::quoted;
        case State::name:
        case State::after_name:
            if (c == '=') {
                return State::value_start;
            }
            if (space || (token && state_ == State::name)) {
                return space ? State::after_name : State::name;
            }
            break;
        case State::value:
            if (token) {
                return State::value;
            }
            break;
        default:
            break;
    }
    return c == ';' ? State::name_start : or_none(space, State::before_extension);
}

/// Acts on a chunk's size, whose line is complete.
Errc ChunkedDecoder::begin_chunk() {
    if (remaining_ == 0) {
        state_ = State::trailers;
        return ok;
    }
    if (body_size_ > limits_.max_body_size || remaining_ > limits_.max_body_size - body_size_) {
        return Errc::body_too_large;
    }
    body_size_ += remaining_;
    // What a chunk carries pays for its line: there is no end of chunks in a long body.
    const auto paid = 16 + 2 * std::min<std::uint64_t>(remaining_, limits_.max_extension_size);
    extension_size_ -= static_cast<std::size_t>(std::min<std::uint64_t>(extension_size_, paid));
    state_ = State::data;
    return ok;
}

/// Collects trailer lines up to the blank one; returns how much of the input they take.
std::size_t ChunkedDecoder::read_trailers(std::string_view input, Errc& error) {
    const auto end = input.find('\n');
    const auto piece = input.substr(0, end == input.npos ? end : end + 1);
    if (piece.size() > limits_.max_trailer_size ||
        trailer_text_.size() > limits_.max_trailer_size - piece.size()) {
        error = Errc::header_too_large;
        return piece.size();
    }
    trailer_text_.append(piece);
    if (end != input.npos) {
        const auto line = std::string_view{trailer_text_}.substr(trailer_line_);
        trailer_line_ = trailer_text_.size();
        if (!line.ends_with("\r\n")) {
            error = Errc::bad_chunk;
        } else if (line.find('\r') != line.size() - 2) {
            error =
                Errc::malformed_header;  // a CR that ends no line: the blank line may never come
        } else if (line.size() == 2) {
            error = finish_trailers();
        } else {
            error = check_trailer(line);
        }
    }
    return piece.size();
}

/// Whether a line can be a trailer field, or go on with one; together they are parsed at the end.
Errc ChunkedDecoder::check_trailer(std::string_view line) {
    const bool is_first = line.data() == trailer_text_.data();
    if (!is_first && (line.front() == ' ' || line.front() == '\t')) {
        return ok;
    }
    auto* const text = trailer_text_.data() + (line.data() - trailer_text_.data());
    HeadScanner scanner{text, line.size()};
    trailers_.borrow(text);
    const auto result = parse_fields(scanner, text, line.size(), 0, trailers_, HeadLimits{});
    trailers_.clear();
    return result.status == HeadStatus::error ? result.error : ok;
}

Errc ChunkedDecoder::finish_trailers() {
    state_ = State::complete;
    HeadScanner scanner{trailer_text_.data(), trailer_text_.size()};
    trailers_.borrow(trailer_text_.data());
    const auto result = parse_fields(
        scanner, trailer_text_.data(), trailer_text_.size(), 0, trailers_, HeadLimits{}
    );
    if (result.status != HeadStatus::complete || result.consumed != trailer_text_.size()) {
        trailers_.clear();
        return result.status == HeadStatus::error ? result.error : Errc::malformed_header;
    }
    trailers_.make_owned();
    for (const auto header : forbidden_trailers) {
        trailers_.remove(header);
    }
    return ok;
}

}  // namespace tornado::httputil
