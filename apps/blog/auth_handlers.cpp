#include "handlers.hpp"
#include "text.hpp"

namespace blog {

namespace web = tornado::web;
using tornado::Future;

namespace {

constexpr std::size_t longest_name = 60;
constexpr std::size_t shortest_password = 8;
constexpr std::size_t longest_password = 1000;

/// It changes with each new password, and tells nothing about it: "$scrypt$<cost>$<salt>$<hash>".
std::string salt_of(std::string_view hash) {
    const auto end = hash.rfind('$');
    const auto begin = end == 0 || end == hash.npos ? hash.npos : hash.rfind('$', end - 1);
    return begin == hash.npos ? std::string{}
                              : std::string{hash.substr(begin + 1, end - begin - 1)};
}

void log_in(web::RequestHandler& handler, const Author& author) {
    handler.set_signed_cookie(
        "author",
        login_cookie(author),
        {.expires_days = 30,
         .httponly = true,
         .samesite = "Lax",
         .secure = handler.request().protocol() == "https"}
    );
}

}  // namespace

std::string login_cookie(const Author& author) {
    return author.name + "\n" + salt_of(author.password_hash);
}

std::string problem_with(const std::string& name, const std::string& password) {
    if (name.empty() || length_of(name) > longest_name) {
        return "The name has 1 to 60 characters";
    }
    if (!is_line(name) || name.starts_with(' ') || name.ends_with(' ')) {
        return "The name is one line of text, without spaces around it";
    }
    if (length_of(password) < shortest_password || length_of(password) > longest_password) {
        return "The password has 8 to 1000 characters";
    }
    return {};
}

Future<void> AuthCreateHandler::get() {
    const bool is_new = co_await store().is_new();
    if (!is_new) {
        redirect("/auth/login");
        co_return;
    }
    render("create_author.html", {{"name", ""}, {"problem", ""}});
}

Future<void> AuthCreateHandler::post() {
    const bool is_new = co_await store().is_new();
    if (!is_new) {  // before anything that costs
        throw web::HTTPError{403, "this blog has had its first author"};
    }
    const auto name = get_body_argument("name", "");
    const auto password = get_body_argument("password", "", web::Strip::no);
    const auto problem = problem_with(name, password);
    if (!problem.empty()) {
        set_status(400);
        render("create_author.html", {{"name", name}, {"problem", problem}});
        co_return;
    }
    Author author;
    author.name = name;
    author.password_hash = co_await passwords_.hash(password);
    const bool is_first = co_await store().save_first_author(author);
    if (!is_first) {  // somebody has come first meanwhile
        throw web::HTTPError{403, "this blog has had its first author"};
    }
    log_in(*this, author);
    redirect(next_path(), 303);
}

Future<void> AuthLoginHandler::get() {
    const bool is_new = co_await store().is_new();
    if (is_new) {
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
    bool is_right = false;
    if (length_of(password) <= longest_password) {
        is_right = co_await passwords_.verify(password, hash);
    }
    if (!author || !is_right) {
        set_status(403);
        render(
            "login.html",
            {{"name", name},
             {"next", next_path()},
             {"problem", "There is no author of that name with that password"}}
        );
        co_return;
    }
    log_in(*this, *author);
    redirect(next_path(), 303);
}

void AuthLogoutHandler::post() {
    clear_cookie("author");
    redirect("/", 303);
}

}  // namespace blog
