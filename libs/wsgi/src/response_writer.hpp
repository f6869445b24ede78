#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "job.hpp"
#include "python.hpp"

namespace tornado::wsgi {

/// Makes a job's response out of what its application says. All of it with the GIL, which is let
/// go while the client must take something first.
///
/// Errors: what returns false leaves a Python exception, unless is_gone() or the response is
/// complete: then the application need not go on.
class ResponseWriter {
public:
    explicit ResponseWriter(std::shared_ptr<Job> job);
    ResponseWriter(const ResponseWriter&) = delete;
    ResponseWriter& operator=(const ResponseWriter&) = delete;

    /// `start_response`; `exc_info` may be null.
    bool start(PyObject* status, PyObject* headers, PyObject* exc_info);
    /// A piece of the body.
    bool send(PyObject* bytes);
    /// The whole body: a list or tuple.
    bool send_all(PyObject* sequence);
    /// The rest of an open file; `handled` is false when it has to be read by Python.
    bool send_file(PyObject* file_wrapper, bool& handled);
    /// The application has no more.
    bool end();
    /// It has failed: an error page with `text` in it, or a break.
    void fail(const std::string& text);

    [[nodiscard]] bool started() const noexcept { return started_; }
    /// Whether some of the body was beyond its Content-Length.
    [[nodiscard]] bool is_too_long() const noexcept { return too_long_; }
    [[nodiscard]] bool is_over() const noexcept { return over_; }
    /// Whether all of its Content-Length, and no more, has been sent.
    [[nodiscard]] bool is_complete() const noexcept {
        return over_ && !too_long_ && content_length_ && sent_ == *content_length_;
    }
    [[nodiscard]] bool is_gone() const { return job_->output.is_gone(); }

private:
    [[nodiscard]] bool parse_status(PyObject* status);
    [[nodiscard]] bool parse_headers(PyObject* headers);
    [[nodiscard]] bool add_header(PyObject* field);
    [[nodiscard]] bool check_piece(PyObject* bytes) const;
    [[nodiscard]] bool has_no_body() const noexcept;
    [[nodiscard]] bool completes(std::size_t size) const noexcept;
    bool send_each(PyObject* sequence, std::uint64_t size);
    [[nodiscard]] bool reserve(std::uint64_t size, std::unique_ptr<Budget::Share>& share);
    bool put(std::string data, Output::End end, std::unique_ptr<Budget::Share> share = {});
    void put(Output output);
    bool wait_for_room();
    [[nodiscard]] bool limit(std::string& data);
    void log_too_long() const;

    std::shared_ptr<Job> job_;
    ResponseHead head_;
    std::optional<std::uint64_t> content_length_;
    std::uint64_t sent_ = 0;
    unsigned pieces_ = 0;
    bool started_ = false;    ///< start_response() has been called
    bool head_sent_ = false;  ///< then nothing can replace it
    bool over_ = false;
    bool too_long_ = false;
    const bool is_head_;
};

}  // namespace tornado::wsgi
