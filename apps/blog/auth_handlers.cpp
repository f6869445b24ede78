#include <tornado/ioloop.hpp>

#include "handlers.hpp"
#include "password.hpp"

namespace blog {

namespace ioloop = tornado::ioloop;
namespace web = tornado::web;
using tornado::Future;

namespace {

constexpr std::size_t longest_name = 60;
constexpr std::size_t shortest_password = 8;
constexpr std::size_t longest_password = 1000;

void log_in(web::RequestHandler& handler, const std::string& name) {
    handler.set_signed_cookie(
        "author",
        name,
        {.expires_days = 30,
         .httponly = true,
         .samesite = "Lax",
         .secure = handler.request().protocol() == "https"}
    );
}

}  // namespace

std::string problem_with(const std::string& name, const std::string& password) {
    if (name.empty() || name.size() > longest_name) {
        return "The name has 1 to 60 characters";
    }
    if (password.size() < shortest_password || password.size() > longest_password) {
        return "The password has at least 8 characters";
    }
    return {};
}

Future<void> AuthCreateHandler::get() {
    const bool has_authors = co_await store().has_authors();
    if (has_authors) {
        redirect("/auth/login");
        co_return;
    }
    render("create_author.html", {{"name", ""}, {"problem", ""}});
}

Future<void> AuthCreateHandler::post() {
    const auto name = get_body_argument("name", "");
    const auto password = get_body_argument("password", "", web::Strip::no);
    const auto problem = problem_with(name, password);
    if (!problem.empty()) {
        set_status(400);
        render("create_author.html", {{"name", name}, {"problem", problem}});
        co_return;
    }
    auto hash = co_await ioloop::IOLoop::current().run_in_executor(hash_password, password);
    const bool has_authors = co_await store().has_authors();
    if (has_authors) {
        throw web::HTTPError{403, "there is an author already"};
    }
    Author author;
    author.name = name;
    author.password_hash = std::move(hash);
    co_await store().save_author(std::move(author));
    log_in(*this, name);
    redirect(next_path(), 303);
}

Future<void> AuthLoginHandler::get() {
    const bool has_authors = co_await store().has_authors();
    if (!has_authors) {
        redirect("/auth/create");
        co_return;
    }
    render("login.html", {{"name", ""}, {"next", next_path()}, {"problem", ""}});
}

Future<void> AuthLoginHandler::post() {
    const auto name = get_body_argument("name", "");
    const auto password = get_body_argument("password", "", web::Strip::no);
    const auto author = co_await store().find_author(name);
    std::string hash;  // of nobody: takes as long to check
    if (author) {
        hash = author->password_hash;
    }
    const bool is_right = co_await ioloop::IOLoop::current().run_in_executor(
        check_password, password.substr(0, longest_password), hash
    );
    if (!is_right) {
        set_status(403);
        render(
            "login.html",
            {{"name", name},
             {"next", next_path()},
             {"problem", "There is no author of that name with that password"}}
        );
        co_return;
    }
    log_in(*this, name);
    redirect(next_path(), 303);
}

void AuthLogoutHandler::post() {
    clear_cookie("author");
    redirect("/", 303);
}

}  // namespace blog
