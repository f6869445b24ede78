#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tornado/httputil/error.hpp"
#include "tornado/httputil/http_headers.hpp"
#include "tornado/util/result.hpp"

namespace tornado::httputil {

/// How much of a multipart body is taken. Mirrors `tornado.httputil.ParseMultipartConfig`.
struct ParseMultipartConfig {
    bool enabled = true;                        ///< false: such bodies are refused
    std::size_t max_part_header_size = 10'240;  ///< bytes of one part's head
    std::size_t max_parts = 100;
};

/// The head of one part of a form.
struct PartHead {
    HTTPHeaders headers;
    std::string name;          ///< of the form's field; never empty
    std::string filename;      ///< as the client calls it, any text; empty: no file
    std::string content_type;  ///< "application/unknown" when the client gives none

    [[nodiscard]] bool is_file() const noexcept { return !filename.empty(); }
};

/// Takes a multipart/form-data body apart while it arrives, in constant memory (RFC 7578, on RFC
/// 2046, 5.1).
///
///     while (true) {
///         const auto step = parser.next(chunk);
///         chunk.remove_prefix(step.consumed);
///         if (step.status == Status::need_more) break;
///         if (step.status == Status::part) open(parser.head());
///         if (step.status == Status::data) write(step.data);
///         if (step.status == Status::error) throw HTTPInputError{step.error};
///     }
///
/// Lines of the format end in CRLF only. What stands before the first delimiter, and behind the
/// last, is skipped. A file name is a stranger's text: never a path to write to.
///
/// Ownership: the data it returns are views into its input or itself, good until its next step.
/// Thread safety: one object, one thread.
class MultipartParser {
public:
    enum class Status : std::uint8_t {
        need_more,  ///< all input is consumed, the body goes on
        part,       ///< a part begins: head() tells which
        data,       ///< a piece of the present part
        part_end,   ///< the present part is whole
        complete,   ///< the last delimiter has come; whatever follows it is skipped
        error,      ///< malformed or too large; every later step says so again
    };

    struct Step {
        Status status = Status::need_more;
        Errc error{};              ///< malformed_multipart, too_many_parts, part_header_too_large
        std::size_t consumed = 0;  ///< bytes of the input that are done with
        std::string_view data;     ///< never empty when status is Status::data
    };

    /// A parser for a body of this Content-Type. Fails with Errc::malformed_multipart unless that
    /// is multipart/form-data with a boundary of 1 to 70 visible characters.
    [[nodiscard]] static Result<MultipartParser>
    for_content_type(std::string_view content_type, const ParseMultipartConfig& config = {});

    /// Goes on with `input`, up to the next thing there is to tell.
    [[nodiscard]] Step next(std::string_view input);

    /// The head of the present part, from Status::part until the next one.
    [[nodiscard]] const PartHead& head() const noexcept { return head_; }

    /// Whether the last delimiter has come: a body that ends before is not whole.
    [[nodiscard]] bool is_complete() const noexcept { return state_ == State::complete; }

private:
    enum class State : std::uint8_t { content, delimiter_line, head, complete, failed };

    MultipartParser(std::string_view boundary, const ParseMultipartConfig& config);

    // Each takes from the front of `input` and says what there is to tell, mostly nothing.
    Step advance(std::string_view& input);
    Step read_content(std::string_view& input);
    Step read_delimiter(std::string_view& input);
    Step read_delimiter_line(std::string_view& input);
    Step read_head(std::string_view& input);

    Step content(std::string_view bytes) const noexcept;
    Step release();
    Step end_part(State next) noexcept;
    Step fail(Errc error) noexcept;
    void hold(std::string_view line_ending);
    [[nodiscard]] Errc parse_head();

    ParseMultipartConfig config_;
    std::string delimiter_;     ///< CRLF, two dashes and the boundary
    std::string held_;          ///< the start of what may become a delimiter's line
    std::size_t borrowed_ = 0;  ///< bytes of held_ that are no content, whatever becomes of it
    std::string released_;      ///< what was held in vain
    std::string head_text_;
    std::size_t head_line_ = 0;  ///< where the present line of head_text_ starts
    std::size_t parts_ = 0;
    PartHead head_;
    State state_ = State::content;
    bool in_part_ = false;  ///< else content is what stands before the first delimiter
    Errc error_{};
};

}  // namespace tornado::httputil
