#include "response_writer.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <iterator>
#include <mutex>
#include <set>
#include <string_view>
#include <utility>

#include "interpreter.hpp"
#include "python_log.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/httputil/message_framing.hpp"

namespace tornado::wsgi {

using httputil::KnownHeader;

ResponseWriter::ResponseWriter(std::shared_ptr<Job> job)
    : job_{std::move(job)},
      is_head_{job_->facts.method == "HEAD"} {}

// The head

namespace {

/// Those of Python's `wsgiref.util.is_hop_by_hop` that are no known headers, and one that only CGI
/// has.
bool is_hop_by_hop(std::string_view name) {
    constexpr std::string_view names[] = {
        "proxy-authenticate", "proxy-authorization", "proxy-connection", "trailers", "status"};
    std::string lower{name};
    for (char& c : lower) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    return std::ranges::find(names, std::string_view{lower}) != std::end(names);
}

/// Once for each of the few names.
void warn_of(std::string_view name) {
    static std::mutex mutex;
    static std::set<std::string, std::less<>> told;
    {
        const std::lock_guard lock{mutex};
        if (told.size() >= 100 || !told.emplace(name).second) {
            return;
        }
    }
    const WithoutGIL writing;
    log::app_log().warning("a WSGI application has no say in ", name, ": it is left out");
}

}  // namespace

bool ResponseWriter::start(PyObject* status, PyObject* headers, PyObject* exc_info) {
    if (exc_info != nullptr && exc_info != Py_None) {
        if (!PyTuple_Check(exc_info) || PyTuple_GET_SIZE(exc_info) != 3) {
            PyErr_SetString(
                PyExc_TypeError, "exc_info is a tuple of three, as sys.exc_info() has it"
            );
            return false;
        }
        if (head_sent_) {  // too late for an error page: PEP 3333 has it raised again
            PyErr_SetObject(PyTuple_GET_ITEM(exc_info, 0), PyTuple_GET_ITEM(exc_info, 1));
            return false;
        }
    } else if (started_) {
        PyErr_SetString(
            PyExc_AssertionError,
            "start_response() has been called already: give it exc_info to replace the headers"
        );
        return false;
    }
    started_ = false;
    head_ = {};
    content_length_.reset();
    started_ = parse_status(status) && parse_headers(headers);
    return started_;
}

bool ResponseWriter::parse_status(PyObject* status) {
    std::string_view text;
    if (!latin1_view(status, "the status", text)) {
        return false;
    }
    int code = 0;
    const auto parsed =
        std::from_chars(text.data(), text.data() + std::min<std::size_t>(text.size(), 3), code);
    if (parsed.ptr != text.data() + 3 || code < 200 || (text.size() > 3 && text[3] != ' ')) {
        PyErr_Format(
            PyExc_ValueError,
            "a status is a number from 200 to 999, a space and a reason, such as '200 OK', unlike "
            "%R",
            status
        );
        return false;
    }
    head_.status = code;
    head_.reason = text.size() > 4 ? std::string{text.substr(4)} : std::string{};
    for (const char c : head_.reason) {
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) {
            PyErr_Format(PyExc_ValueError, "the status holds a control character: %R", status);
            return false;
        }
    }
    return true;
}

bool ResponseWriter::parse_headers(PyObject* headers) {
    const auto fields = Ref::steal(
        PySequence_Fast(headers, "the headers are a list of tuples of a name and a value")
    );
    if (!fields) {
        return false;
    }
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(fields.get()); ++i) {
        // The list may be the application's own, and another thread may change it meanwhile.
        const auto field = Ref::borrow(PySequence_Fast_GET_ITEM(fields.get(), i));
        if (!add_header(field.get())) {
            return false;
        }
    }
    if (head_.headers.contains(KnownHeader::content_length)) {
        const auto length = httputil::content_length(head_.headers);
        const auto text = head_.headers.get(KnownHeader::content_length).value_or("");
        // A list of one number, again and again, is for recipients to mend (RFC 9110, 8.6).
        if (length.has_error() || text.find(',') != text.npos) {
            PyErr_SetString(PyExc_ValueError, "Content-Length is one number of bytes, once");
            return false;
        }
        content_length_ = *length;
    }
    return true;
}

/// Takes a field over, but for those that are the server's business (PEP 3333, "Other HTTP
/// Features").
bool ResponseWriter::add_header(PyObject* field) {
    if (!PyTuple_Check(field) || PyTuple_GET_SIZE(field) != 2) {
        PyErr_Format(
            PyExc_TypeError, "a header is a tuple of a name and a value, unlike %R", field
        );
        return false;
    }
    std::string_view name;
    std::string_view value;
    if (!latin1_view(PyTuple_GET_ITEM(field, 0), "a header's name", name) ||
        !latin1_view(PyTuple_GET_ITEM(field, 1), "a header's value", value)) {
        return false;
    }
    switch (httputil::known_header(name)) {
        case KnownHeader::transfer_encoding:
            PyErr_SetString(
                PyExc_ValueError, "Transfer-Encoding is the server's to set: send the body plainly"
            );
            return false;
        case KnownHeader::other:
            if (!is_hop_by_hop(name)) {
                break;
            }
            [[fallthrough]];
        case KnownHeader::proxy_authorization:
        case KnownHeader::connection:
        case KnownHeader::keep_alive:
        case KnownHeader::te:
        case KnownHeader::trailer:
        case KnownHeader::upgrade:
            warn_of(name);
            return true;
        default:
            break;
    }
    try {
        head_.headers.add(name, value);
        return true;
    } catch (const httputil::HTTPInputError& error) {
        PyErr_Format(PyExc_ValueError, "%s: %R", error.what(), field);
        return false;
    }
}

bool ResponseWriter::has_no_body() const noexcept {
    return is_head_ || head_.status == 204 || head_.status == 205 || head_.status == 304;
}

// The body

namespace {

/// A long piece goes on in such parts, so that it is seen that the client takes it.
constexpr std::size_t slice = 65'536;

/// A list of so many bytes is sent in one piece.
constexpr std::uint64_t most_joined = 16'777'216;

std::string_view view_of(PyObject* bytes) noexcept {
    return {PyBytes_AS_STRING(bytes), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes))};
}

}  // namespace

bool ResponseWriter::check_piece(PyObject* bytes) const {
    if (!PyBytes_Check(bytes)) {
        PyErr_Format(
            PyExc_TypeError,
            "a WSGI application's body is of bytes, not of %.100s",
            Py_TYPE(bytes)->tp_name
        );
        return false;
    }
    if (!started_) {
        PyErr_SetString(
            PyExc_AssertionError,
            "the application has sent some of the body before start_response()"
        );
        return false;
    }
    return true;
}

bool ResponseWriter::send(PyObject* bytes) {
    constexpr unsigned others_turn = 16;
    if (++pieces_ % others_turn == 0 && !let_others_in()) {
        return false;
    }
    const bool empty = PyBytes_Check(bytes) && PyBytes_GET_SIZE(bytes) == 0;
    if (!empty && !check_piece(bytes)) {
        return false;
    }
    if (empty) {  // it asks for nothing to be sent, but hears whether it is worth going on
        return !over_ && !is_gone();
    }
    auto rest = view_of(bytes);
    std::unique_ptr<Budget::Share> share;
    const bool at_once = has_no_body() || (completes(rest.size()) && reserve(rest.size(), share));
    while (rest.size() > slice && !at_once) {
        if (!put(std::string{rest.substr(0, slice)}, Output::End::not_yet)) {
            return false;
        }
        rest.remove_prefix(slice);
    }
    return put(std::string{rest}, Output::End::not_yet, std::move(share));
}

/// Whether so much may wait for the client without a thread; `share` stays empty for a little.
bool ResponseWriter::reserve(std::uint64_t size, std::unique_ptr<Budget::Share>& share) {
    constexpr std::uint64_t little = 262'144;
    if (size > little) {
        share = job_->budget.take(size);
    }
    return size <= little || share != nullptr;
}

/// Whether so much more makes the response as long as its Content-Length.
bool ResponseWriter::completes(std::size_t size) const noexcept {
    return content_length_ && size >= *content_length_ - sent_;
}

bool ResponseWriter::send_all(PyObject* sequence) {
    std::uint64_t size = 0;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(sequence); ++i) {
        auto* const piece = PySequence_Fast_GET_ITEM(sequence, i);
        if (!check_piece(piece)) {
            return false;
        }
        size += view_of(piece).size();
    }
    if (size == 0 && (!started_ || head_sent_ || has_no_body())) {
        return true;
    }
    std::unique_ptr<Budget::Share> share;
    if (head_sent_ || size > most_joined || !reserve(size, share)) {
        return send_each(sequence, size);
    }
    std::string data;
    data.reserve(static_cast<std::size_t>(size));
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(sequence); ++i) {
        data.append(view_of(PySequence_Fast_GET_ITEM(sequence, i)));
    }
    return put(std::move(data), Output::End::whole, std::move(share));
}

/// What would take too much memory in one piece, or is the rest of what write() has begun.
bool ResponseWriter::send_each(PyObject* sequence, std::uint64_t size) {
    if (!head_sent_ && !content_length_ && (is_head_ || !has_no_body())) {
        head_.headers.add("Content-Length", std::to_string(size));
        content_length_ = size;
    }
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(sequence); ++i) {
        const auto piece = Ref::borrow(PySequence_Fast_GET_ITEM(sequence, i));
        if (!send(piece.get())) {
            return false;
        }
    }
    return true;
}

/// Cuts off what is beyond the Content-Length that was announced. Returns whether there was some.
bool ResponseWriter::limit(std::string& data) {
    if (!content_length_ || data.size() <= *content_length_ - sent_) {
        return false;
    }
    data.resize(static_cast<std::size_t>(*content_length_ - sent_));
    too_long_ = true;
    return true;
}

void ResponseWriter::log_too_long() const {
    log_error(
        "a WSGI application's body is longer than its Content-Length of ",
        *content_length_,
        " bytes: the rest of it is left out"
    );
}

/// Sends a piece, with the head if that comes first. What completes the Content-Length ends the
/// response.
bool ResponseWriter::put(std::string data, Output::End end, std::unique_ptr<Budget::Share> share) {
    if (over_) {
        if (limit(data)) {
            log_too_long();
        }
        return false;
    }
    if (has_no_body()) {
        if (is_head_ && end == Output::End::whole && !content_length_) {
            head_.headers.add("Content-Length", std::to_string(data.size()));
        }
        put({.head = std::move(head_), .data = {}, .file = {}, .end = Output::End::done});
        return false;
    }
    const bool is_too_long = limit(data);
    sent_ += data.size();
    const bool complete = content_length_ && sent_ == *content_length_;
    if (end == Output::End::whole && content_length_ && !complete) {
        end = Output::End::broken;
    } else if (complete) {
        end = head_sent_ ? Output::End::done : Output::End::whole;
    }
    Output output{
        .head = {}, .data = std::move(data), .file = {}, .end = end, .share = std::move(share)};
    if (!std::exchange(head_sent_, true)) {
        output.head = std::move(head_);
    }
    over_ = end != Output::End::not_yet;  // for other threads, which may come while this one logs
    if (is_too_long) {
        log_too_long();
    }
    if (end == Output::End::broken) {
        log_error(
            "a WSGI application's body is shorter than its Content-Length: ",
            sent_,
            " of ",
            *content_length_,
            " bytes"
        );
    }
    put(std::move(output));
    return !over_ && wait_for_room();
}

void ResponseWriter::put(Output output) {
    head_sent_ = true;
    over_ = output.end != Output::End::not_yet;
    job_->output.put(std::move(output), job_);
}

bool ResponseWriter::wait_for_room() {
    if (!job_->output.is_full()) {
        return !is_gone();
    }
    const WithoutGIL waiting;
    return job_->output.wait_for_room(job_);
}

bool ResponseWriter::end() {
    if (over_) {
        return true;
    }
    if (!started_) {
        PyErr_SetString(
            PyExc_AssertionError, "the application has ended without calling start_response()"
        );
        return false;
    }
    if (!head_sent_) {
        put({}, has_no_body() ? Output::End::done : Output::End::whole);
    } else if (content_length_ && sent_ != *content_length_) {
        put({}, Output::End::whole);  // finds out that it is too short
    } else {
        put({.head = {}, .data = {}, .file = {}, .end = Output::End::done});
    }
    return true;
}

void ResponseWriter::fail(const std::string& text) {
    if (over_) {
        return;
    }
    if (head_sent_) {
        put({.head = {}, .data = {}, .file = {}, .end = Output::End::broken});
        return;
    }
    head_ = {};
    head_.headers.add(
        "Content-Type", text.empty() ? "text/html; charset=UTF-8" : "text/plain; charset=UTF-8"
    );
    const std::string page =
        "<html><title>500: Internal Server Error</title><body>500: Internal Server "
        "Error</body></html>";
    put(
        {.head = std::move(head_),
         .data = text.empty() ? page : text,
         .file = {},
         .end = Output::End::whole}
    );
}

}  // namespace tornado::wsgi
