#include "tornado/template/compiled/frame.hpp"

#include <new>
#include <utility>

#include "builtins.hpp"
#include "meter.hpp"
#include "modules.hpp"
#include "program.hpp"
#include "repr.hpp"
#include "tornado/template/operations.hpp"

namespace tornado::templating::compiled {

namespace {

using detail::Access;

/// What a lambda becomes when it is evaluated.
struct Lambda final : detail::Holder {
    std::size_t parameters = 0;
    Value* first = nullptr;
    std::size_t count = 0;
    std::vector<std::pair<Value*, Value>> kept;
    std::function<Value(const Arguments&)> function;
    std::shared_ptr<bool> runs;
};

/// Puts the variables of a lambda back when a call ends: they are the template's, so an outer call
/// of the same lambda needs its own.
class SavedVariables {
public:
    explicit SavedVariables(const Lambda& lambda)
        : lambda_{lambda},
          own_{lambda.first, lambda.first + lambda.count} {
        kept_.reserve(lambda.kept.size());
        for (const auto& [variable, value] : lambda.kept) {
            kept_.push_back(std::exchange(*variable, value));
        }
    }
    ~SavedVariables() {
        std::move(own_.begin(), own_.end(), lambda_.first);
        for (std::size_t i = 0; i < kept_.size(); ++i) {
            *lambda_.kept[i].first = std::move(kept_[i]);
        }
    }
    SavedVariables(const SavedVariables&) = delete;
    SavedVariables& operator=(const SavedVariables&) = delete;

private:
    const Lambda& lambda_;
    std::vector<Value> own_;
    std::vector<Value> kept_;
};

class LambdaType final : public detail::Type {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "function"; }
    [[nodiscard]] Value call(const void* object, const Arguments& arguments) const override {
        const auto& lambda = *static_cast<const Lambda*>(object);
        if (!*lambda.runs) {
            throw Error{"RuntimeError", "a lambda was called after its template had ended"};
        }
        const detail::Nested nested;
        arguments.check(lambda.parameters, lambda.parameters);
        const SavedVariables saved{lambda};
        return lambda.function(arguments);
    }
};

const LambdaType lambda_type;

}  // namespace

Global::Global(const Value& found, bool is_default) noexcept
    : value{&found},
      is_built_in{is_default},
      is_xhtml_escape{detail::is_xhtml_escape(found)},
      is_url_escape{detail::is_url_escape(found)} {}

Frame::Frame(const detail::Program& program, const Namespace& names)
    : program_{program},
      names_{names},
      is_limited_{detail::meter().is_limited} {}

Frame::~Frame() {
    if (runs_ != nullptr) {
        *runs_ = false;
    }
}

void Frame::rethrow_with_place() {
    try {
        throw;
    } catch (Error& error) {
        error.add_place(place());
        throw;
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& exception) {  // of a type or a conversion of the user's
        Error error{"RuntimeError", exception.what(), std::current_exception()};
        error.add_place(place());
        throw error;
    }
}

std::string Frame::place() const {
    const auto stand = [this](const auto& context) {
        return std::string{context.name} + ":" + std::to_string(line_) + std::string{context.via};
    };
    return program_.compiled != nullptr ? stand(program_.compiled->contexts[context_])
                                        : stand(program_.contexts[context_]);
}

void Frame::charge_turn() {
    detail::charge(1);
}

const Value& Frame::find_global(std::size_t number) {
    const auto spelled = global_names_[number];
    const auto* found = names_.find(spelled);
    if (found == nullptr) {
        found = program_.names->find(spelled);
    }
    const bool is_built_in = found == nullptr;
    if (is_built_in) {
        found = detail::find_default_name(spelled);
    }
    if (found != nullptr) {
        globals_[number] = Global{*found, is_built_in};
        return *found;
    }
    throw Error{"NameError", "name '" + std::string{spelled} + "' is not defined"};
}

void Frame::not_built_in(std::size_t number) const {
    const std::string name{global_names_[number]};
    throw Error{
        "TypeError",
        "the template was compiled for the built-in " + name +
            "; to give it another, tell tornado_add_templates() NAMES " + name +
            "=tornado::templating::Value"};
}

// ---- Output ----

Value escaped_by(const Value& text, const Value& function) {
    const auto argument = text.kind() == Kind::string ? text : detail::from_text(text.str());
    auto escaped = detail::call(function, Arguments{&argument, 1});
    if (escaped.kind() != Kind::string) {
        throw Error{
            "TypeError", "autoescape gave a " + std::string{escaped.type_name()} + ", not a text"};
    }
    return escaped;
}

const Value& applied(const Value& result) {
    if (result.kind() != Kind::string) {
        throw Error{
            "TypeError",
            "the function of apply gave a " + std::string{result.type_name()} + ", not a text"};
    }
    return result;
}

// ---- Names ----

void not_bound(std::string_view name, bool is_own) {
    throw Error{
        is_own ? "UnboundLocalError" : "NameError",
        "cannot access variable '" + std::string{name} +
            "' where it is not associated with a value"};
}

Value Frame::import_module(const std::string& name, bool binds_first) const {
    auto found = detail::import_module(program_.modules, name);
    return binds_first ? detail::import_module(program_.modules, name.substr(0, name.find('.')))
                       : std::move(found);
}

Value Frame::import_member(const std::string& module, const std::string& member) const {
    return detail::import_member(program_.modules, module, member);
}

Value Frame::lambda(
    std::size_t parameters,
    Value* first,
    std::size_t count,
    const std::vector<Value*>& kept,
    std::function<Value(const Arguments&)> function
) {
    if (runs_ == nullptr) {
        runs_ = std::make_shared<bool>(true);
    }
    auto* const made = new Lambda;
    made->parameters = parameters;
    made->first = first;
    made->count = count;
    for (auto* const variable : kept) {
        made->kept.emplace_back(variable, *variable);
    }
    made->function = std::move(function);
    made->runs = runs_;
    return Access::object(Kind::callable, &lambda_type, made, made);
}

}  // namespace tornado::templating::compiled
