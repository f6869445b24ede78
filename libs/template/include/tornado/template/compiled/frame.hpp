#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/template/compiled/writer.hpp"
#include "tornado/template/error.hpp"
#include "tornado/template/namespace.hpp"

// What runs templates. It is no interface of its own: our evaluator uses it, and the code that
// tornado-compile-templates writes.
namespace tornado::templating::detail {
struct Program;
}

namespace tornado::templating::compiled {

class Frame;

using templating::Arguments;
using templating::Error;
using templating::Kind;
using templating::Value;

/// A file of a template, and how it came to stand where it does: ` (via b.html:1, a.html:7)`.
struct Context {
    std::string_view name;
    std::string_view via;
};

/// A template that was compiled with the program. One that is declared registers itself; it must
/// then live for ever.
class CompiledTemplate {
public:
    CompiledTemplate(
        std::string_view set,
        std::string_view name,
        const Context* contexts,
        void (*run)(Frame&, Writer&)
    ) noexcept;
    CompiledTemplate(const CompiledTemplate&) = delete;
    CompiledTemplate& operator=(const CompiledTemplate&) = delete;

    /// The template of this name in a set; null when there is none.
    [[nodiscard]] static const CompiledTemplate*
    find(std::string_view set, std::string_view name) noexcept;
    [[nodiscard]] static bool has_set(std::string_view set) noexcept;
    /// A template of the set that has the name of another one; null when all differ.
    [[nodiscard]] static const CompiledTemplate* find_double(std::string_view set) noexcept;

    const std::string_view set;
    const std::string_view name;
    const Context* const contexts;
    void (*const run)(Frame&, Writer&);

private:
    const CompiledTemplate* next_;
};

/// How a body ended that may hold `break` or `continue`.
enum class Flow : unsigned char { next, break_, continue_ };

/// The kind of a variable that has no value.
inline constexpr auto unbound = static_cast<Kind>(0xFF);

[[nodiscard]] inline Value make_unbound() noexcept {
    Value value;
    detail::Access::set_kind(value, unbound);
    return value;
}

/// The variables of a template that are not only those of one loop.
template <std::size_t N>
struct Slots : std::array<Value, N> {
    Slots() { this->fill(make_unbound()); }
};

/// Takes a variable its value at the end, however that comes: `{% except … as name %}`.
class Unbind {
public:
    explicit Unbind(Value& variable) noexcept : variable_{variable} {}
    ~Unbind() { variable_ = make_unbound(); }
    Unbind(const Unbind&) = delete;
    Unbind& operator=(const Unbind&) = delete;

private:
    Value& variable_;
};

/// A name that is no variable, once it has been looked up.
struct Global {
    Global() noexcept : value{nullptr} {}
    Global(const Value& found, bool is_default) noexcept;

    const Value* value;
    bool is_built_in;  // as these, of no meaning without a value
    bool is_xhtml_escape;
    bool is_url_escape;
};

/// One rendering of a template; where it stands, and what its names mean.
class Frame {
public:
    Frame(const detail::Program& program, const Namespace& names);
    ~Frame();
    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;

    /// Runs the template by `function`. Throws Error, with the place.
    template <typename Function>
    void run(Function function) {
        try {
            function();
        } catch (const std::exception&) {
            rethrow_with_place();
        }
    }

    /// What the template's own function says first: where its global names are kept.
    void use(Global* globals, const std::string_view* names) noexcept {
        globals_ = globals;
        global_names_ = names;
    }

    /// The place of what follows.
    void at(std::uint32_t context, std::uint32_t line) noexcept {
        context_ = context;
        line_ = line;
    }
    /// One more turn of a loop.
    void turn() {
        if (is_limited_) {
            charge_turn();
        }
    }

    [[nodiscard]] const Value& global(std::size_t number) {
        const auto& known = globals_[number];
        return known.value != nullptr ? *known.value : find_global(number);
    }
    [[nodiscard]] std::string_view global_name(std::size_t number) const noexcept {
        return global_names_[number];
    }
    /// Throws Error (TypeError) if a name that was compiled as the built-in function is another.
    void check_built_in(std::size_t number) {
        (void)global(number);
        if (!globals_[number].is_built_in) {
            not_built_in(number);
        }
    }
    /// Whether what `{{ }}` prints is escaped by the built-in function, which this name means.
    [[nodiscard]] bool escapes_html(std::size_t number) {
        (void)global(number);
        return globals_[number].is_xhtml_escape;
    }

    /// The same of the built-in url_escape().
    [[nodiscard]] bool escapes_url(std::size_t number) {
        (void)global(number);
        return globals_[number].is_url_escape;
    }

    /// `{% try %}` with its `except` and `else`. The handler says whether it handled the error.
    template <typename Body, typename Handler, typename Otherwise>
    [[nodiscard]] Flow guarded(Body body, Handler handler, Otherwise otherwise) {
        auto flow = Flow::next;
        try {
            flow = body();
        } catch (const Error& error) {
            if (error.is_limit()) {
                throw;
            }
            const auto context = context_;
            const auto line = line_;
            bool handled = true;
            flow = handler(error, handled);
            if (!handled) {
                at(context, line);
                throw;
            }
            return flow;
        }
        return flow == Flow::next ? otherwise() : flow;
    }
    /// The same with `finally`.
    template <typename Body, typename End>
    [[nodiscard]] Flow finally(Body body, End end) {
        auto flow = Flow::next;
        std::exception_ptr pending;
        std::uint32_t context = 0;
        std::uint32_t line = 0;
        try {
            flow = body();
        } catch (...) {
            pending = std::current_exception();
            context = context_;
            line = line_;
        }
        if (const auto ended = end(); ended != Flow::next) {
            return ended;  // a break in `finally` drops the exception, as in Python
        }
        if (pending) {
            at(context, line);
            std::rethrow_exception(pending);
        }
        return flow;
    }

    [[nodiscard]] Value import_module(const std::string& name, bool binds_first) const;
    [[nodiscard]] Value import_member(const std::string& module, const std::string& member) const;

    /// A function that may be called as long as the template runs. A call saves the variables that
    /// are the lambda's own, and those of lambdas around it, which get the values they have now;
    /// and puts them back.
    [[nodiscard]] Value lambda(
        std::size_t parameters,
        Value* first,
        std::size_t count,
        const std::vector<Value*>& kept,
        std::function<Value(const Arguments&)> function
    );

private:
    [[nodiscard]] const Value& find_global(std::size_t number);
    [[noreturn]] void not_built_in(std::size_t number) const;
    [[noreturn]] void rethrow_with_place();
    void charge_turn();
    [[nodiscard]] std::string place() const;

    const detail::Program& program_;
    const Namespace& names_;
    Global* globals_ = nullptr;
    const std::string_view* global_names_ = nullptr;
    std::shared_ptr<bool> runs_;  // for lambdas, which may outlive the run
    std::uint32_t context_ = 0;
    std::uint32_t line_ = 0;
    const bool is_limited_;
};

/// A name that escapes what `{{ }}` prints, and whether it means the built-in function.
struct Escape {
    Escape(Frame& frame, std::size_t number)
        : function{frame.global(number)},
          is_html{frame.escapes_html(number)} {}

    const Value& function;
    const bool is_html;
};

/// What the function that escapes makes of the text, or the function of `{% apply %}`. Throws Error
/// (TypeError) if it is no text.
[[nodiscard]] Value escaped_by(const Value& text, const Value& function);
[[nodiscard]] const Value& applied(const Value& result);

/// The variable, which must have a value. `is_own` tells what the error is called.
[[noreturn]] void not_bound(std::string_view name, bool is_own);
[[nodiscard]] inline const Value&
bound(const Value& variable, std::string_view name, bool is_own = true) {
    if (variable.kind() == unbound) {
        not_bound(name, is_own);
    }
    return variable;
}

}  // namespace tornado::templating::compiled
