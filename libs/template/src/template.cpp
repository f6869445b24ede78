#include "tornado/template/template.hpp"

#include <stdexcept>
#include <utility>

#include "evaluator.hpp"
#include "linker.hpp"
#include "loader_state.hpp"
#include "meter.hpp"
#include "tornado/template/compiled/frame.hpp"
#include "tornado/template/loader.hpp"
#include "whitespace.hpp"

namespace tornado::templating {

namespace {

std::string checked_mode(std::string mode) {
    if (!detail::is_whitespace_mode(mode)) {
        throw std::invalid_argument{
            "invalid whitespace mode " + mode + ": say all, single or oneline"};
    }
    return mode;
}

/// Sets the render's limit for the time of one call; without one, that of the render around counts.
class Limit {
public:
    explicit Limit(const GenerateOptions& options) : before_{detail::meter()} {
        if (options.max_steps != 0) {
            detail::meter().is_limited = true;
            detail::meter().steps_left = options.max_steps;
        }
    }
    ~Limit() {
        const auto left = detail::meter().steps_left;
        const bool is_own = before_.is_limited != detail::meter().is_limited;
        detail::meter().is_limited = before_.is_limited;
        detail::meter().steps_left = is_own ? before_.steps_left : left;
    }
    Limit(const Limit&) = delete;
    Limit& operator=(const Limit&) = delete;

private:
    detail::Meter before_;
};

}  // namespace

std::string filter_whitespace(std::string_view mode, std::string_view text) {
    return detail::filtered(checked_mode(std::string{mode}), text);
}

Template::Template(
    std::string_view text,
    std::string name,
    BaseLoader* loader,
    const TemplateOptions& options
) {
    std::string whitespace{detail::default_whitespace(name)};
    auto autoescape = detail::escape_function("xhtml_escape");
    if (loader != nullptr) {
        const auto& shared = loader->state_->options;
        whitespace = shared.whitespace.empty() ? whitespace : shared.whitespace;
        autoescape = detail::escape_function(shared.autoescape);
    }
    if (options.autoescape) {
        autoescape = detail::escape_function(*options.autoescape);
    }
    const auto mode = checked_mode(options.whitespace.value_or(whitespace));
    const auto file =
        std::make_shared<const detail::File>(detail::parse_file(text, name, mode, autoescape));
    const auto lock = loader != nullptr ? std::unique_lock{loader->state_->mutex}
                                        : std::unique_lock<std::mutex>{};
    program_ = detail::Linker{loader}.link(file);
}

Template::Template(std::shared_ptr<const detail::Program> program) : program_{std::move(program)} {}

const std::string& Template::name() const noexcept {
    return program_->name;
}

std::string Template::generate(const Namespace& names, const GenerateOptions& options) const {
    std::string out;
    generate_to(out, names, options);
    return out;
}

void Template::generate_to(std::string& out, const Namespace& names, const GenerateOptions& options)
    const {
    const detail::Nested nested;  // a template may call a function that generates another
    const Limit limit{options};
    auto& usual_size = program_->usual_size;
    const auto before = out.size();
    {
        compiled::Writer writer{out, usual_size.load(std::memory_order_relaxed)};
        if (program_->compiled != nullptr) {
            compiled::Frame frame{*program_, names};
            frame.run([&] { program_->compiled->run(frame, writer); });
        } else {
            detail::Evaluator{*program_, names, writer}.run();
        }
    }
    const auto size = out.size() - before;
    usual_size.store(size + size / 8, std::memory_order_relaxed);
}

}  // namespace tornado::templating
