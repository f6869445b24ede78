#include <stdexcept>
#include <utility>

#include "async_rendering.hpp"
#include "page.hpp"
#include "request_run.hpp"
#include "template_loaders.hpp"
#include "tornado/template/error.hpp"
#include "tornado/util/scope_exit.hpp"
#include "tornado/web/application.hpp"
#include "tornado/web/request_handler.hpp"
#include "tornado/web/templates.hpp"

namespace tornado::web {

using detail::Hook;
using templating::Namespace;

namespace {

/// Throws the HTTPError or Finish that a function of a template has thrown; otherwise nothing.
void rethrow_for_web(const templating::Error& error) {
    if (error.cause() == nullptr) {
        return;
    }
    try {
        std::rethrow_exception(error.cause());
    } catch (const HTTPError&) {
        throw;
    } catch (const Finish&) {
        throw;
    } catch (const templating::Error& inner) {
        rethrow_for_web(inner);
    } catch (...) {  // is told by the error itself
    }
}

/// Calls what renders a template.
template <typename F>
auto render_with(F generate) {
    try {
        return generate();
    } catch (const templating::Error& error) {
        rethrow_for_web(error);
        throw;
    }
}

/// The handler's own names; for what is rendered to make one of them, the usual ones.
Namespace names_of(RequestHandler& handler) {
    const auto call = detail::RequestRun::of(handler).begin_call(Hook::get_template_namespace);
    return call.is_nested() ? handler.RequestHandler::get_template_namespace()
                            : handler.get_template_namespace();
}

}  // namespace

RequestHandler& UIModule::handler() const {
    if (handler_ == nullptr) {
        throw std::logic_error{
            "the handler is not there yet in a UI module's constructor: use render()"};
    }
    return *handler_;
}

Namespace RequestHandler::get_template_namespace() {
    return run().page().names();
}

Namespace RequestHandler::ui() {
    return run().page().ui();
}

// At once

std::string RequestHandler::render_string(std::string_view template_name) {
    return render_string(template_name, Namespace{});
}

std::string RequestHandler::render_string(std::string_view template_name, const Namespace& names) {
    std::string text;
    render_into(text, template_name, names);
    return text;
}

void RequestHandler::render_into(
    std::string& text,
    std::string_view template_name,
    const Namespace& names
) {
    const auto page = run().load_template(template_name);
    auto all = names_of(*this);
    all.update(names);
    render_with([&] { page->generate_to(text, all); });
}

void RequestHandler::render(std::string_view template_name) {
    render(template_name, Namespace{});
}

void RequestHandler::render(std::string_view template_name, const Namespace& names) {
    auto& its = run();
    check_renderable();
    std::string html;
    if (its.body().empty()) {
        html.swap(its.body());  // has room already
    }
    render_into(html, template_name, names);
    finish_page(std::move(html));
}

void RequestHandler::check_renderable() const {
    if (run().finished()) {
        throw std::logic_error{"Cannot render() after finish(): render once, as the last thing"};
    }
}

/// The template's text is the body's end, whatever its functions have written meanwhile.
void RequestHandler::finish_page(std::string html) {
    auto& its = run();
    its.page().add_resources(html);
    check_renderable();
    if (its.body().empty()) {
        its.body().swap(html);
    } else {
        its.body().append(html);
    }
    its.finish_response();
}

// With awaiting

namespace {

/// `run` comes first, to go last: all else may refer to what it keeps.
Future<std::string> render_in_passes(
    [[maybe_unused]] detail::HeldRun run,
    std::shared_ptr<const templating::Template> page,
    Namespace names
) {
    detail::AsyncRendering rendering;
    std::string text;
    while (!render_with([&] { return rendering.try_once(*page, names, text); })) {
        co_await rendering.wait();
    }
    co_return text;
}

}  // namespace

Future<std::string>
RequestHandler::render_string_async(std::string template_name, const Namespace& names) {
    auto page = run().load_template(template_name);
    auto all = names_of(*this);
    all.update(names);
    return render_in_passes(run().hold(), std::move(page), std::move(all));
}

Future<std::string> RequestHandler::render_string_async(std::string template_name) {
    const Namespace none;
    return render_string_async(std::move(template_name), none);
}

Future<void> RequestHandler::render_async(std::string template_name) {
    const Namespace none;
    return render_async(std::move(template_name), none);
}

Future<void> RequestHandler::render_async(std::string template_name, const Namespace& names) {
    check_renderable();
    const auto held = run().hold();
    held->set_making_page(true);
    const util::ScopeExit made{[&held] { held->set_making_page(false); }};
    auto rendering = render_string_async(std::move(template_name), names);
    auto html = co_await std::move(rendering);
    check_renderable();
    finish_page(std::move(html));
}

}  // namespace tornado::web
