#pragma once

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tornado::templating {

/// A template that is not well-formed, cannot be found, or includes what it must not.
///
/// what() is the sentence with its place: `Missing end expression }} at foo.html:3`.
/// Mirrors `tornado.template.ParseError`.
class ParseError : public std::runtime_error {
public:
    /// Lines count from 1; 0 when there is none, as for a template that cannot be found.
    explicit ParseError(
        const std::string& message,
        const std::string& filename = "None",
        unsigned lineno = 0
    );

    [[nodiscard]] const std::string& message() const noexcept { return message_; }
    [[nodiscard]] const std::string& filename() const noexcept { return filename_; }
    [[nodiscard]] unsigned lineno() const noexcept { return lineno_; }

private:
    std::string message_;
    std::string filename_;
    unsigned lineno_;
};

/// What went wrong while a template ran, as Python would name it.
///
/// A function that a template calls may throw one, `Error{"ValueError", "no such day"}`, and
/// `{% except ValueError %}` catches it. Any other std::exception of such a function is kept as
/// cause(), and called a RuntimeError (std::invalid_argument a ValueError, std::out_of_range an
/// IndexError). What is no std::exception passes through templates untouched.
///
/// what() tells type, sentence and place:
/// `ZeroDivisionError: division by zero at c.html:1 (via b.html:1, a.html:7)`.
class Error : public std::runtime_error {
public:
    Error(std::string type, std::string message, std::exception_ptr cause = nullptr);

    /// The name of Python's exception, such as "TypeError".
    [[nodiscard]] const std::string& type() const noexcept { return type_; }
    [[nodiscard]] const std::string& message() const noexcept { return message_; }
    /// The exception of the user's function that this one stands for; null when there is none.
    [[nodiscard]] const std::exception_ptr& cause() const noexcept { return cause_; }
    /// Where it happened, innermost first: `c.html:1 (via b.html:1)`; one entry for each template
    /// that was being generated.
    [[nodiscard]] const std::vector<std::string>& places() const noexcept { return places_; }
    [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

    /// Whether `{% except %}` may catch it: not when it is the render's limit that was reached.
    [[nodiscard]] bool is_limit() const noexcept { return is_limit_; }

    /// Adds a place; called for each template that the error leaves.
    void add_place(std::string_view place);

    /// That a limit of GenerateOptions was reached.
    [[nodiscard]] static Error limit(const std::string& message);

private:
    void compose();

    std::string type_;
    std::string message_;
    std::exception_ptr cause_;
    std::vector<std::string> places_;
    std::string text_;
    bool is_limit_ = false;
};

}  // namespace tornado::templating
