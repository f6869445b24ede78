// A blog: entries with a little markup, an archive, an Atom feed, and a login for its authors.
//
//     blog [--port=8888] [--database=sqlite:blog-data/blog.db]
//     blog --create-user=NAME [--password=PASSWORD]
#include <tornado/ioloop.hpp>
#include <tornado/locale.hpp>
#include <tornado/options.hpp>
#include <tornado/template/compiled_loader.hpp>
#include <tornado/util/call_stack.hpp>
#include <tornado/web.hpp>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

#include "database_store.hpp"
#include "folder.hpp"
#include "handlers.hpp"
#include "modules.hpp"
#include "site.hpp"
#include "text.hpp"

namespace ioloop = tornado::ioloop;
namespace options = tornado::options;
namespace web = tornado::web;

namespace {

constexpr tornado::auth::ScryptCost usual_cost;

void define_options() {
    options::define("address", "127.0.0.1", "listen on this address; empty for all");
    options::define(
        "create_user", "", "make an author of this name, or give one a new password, and end"
    );
    options::define(
        "database",
        "",
        "where entries and authors are kept: sqlite:FILE, postgresql://USER:PASSWORD@HOST/NAME or "
        "mysql://USER:PASSWORD@HOST/NAME; empty: blog.db in the folder"
    );
    options::define(
        "debug", false, "show errors in the answers; see changed templates and rebuilds"
    );
    options::define("drain_timeout", 10, "seconds that requests have after SIGTERM");
    options::define("folder", "blog-data", "where blog.db lies; made if it is not there");
    options::define(
        "password", "", "of --create-user; empty: the first line of the standard input"
    );
    options::define<std::uint16_t>(
        "password_cost",
        usual_cost.log_n,
        "what hashing a password costs: one more takes twice the time and memory; from 10 to 18"
    );
    options::define<std::uint16_t>("port", 8888, "run on the given port");
    options::define(
        "site",
        "",
        "the folder with the pages; empty: `site` beside the program, with the templates that were "
        "compiled with it"
    );
    options::define("title", "Notes from the quiet side", "what the blog is called");
    options::define(
        "url",
        "",
        "the site's address, https://example.com, for the feed; empty: as it was asked for"
    );
    options::define("xheaders", false, "behind a proxy on this machine: believe its headers");
}

tornado::auth::ScryptCost password_cost() {
    const auto log_n = options::get<std::uint16_t>("password_cost");
    if (log_n < 10 || log_n > 18) {
        throw options::Error{"--password-cost is a number from 10 to 18"};
    }
    auto cost = usual_cost;
    cost.log_n = log_n;
    return cost;
}

void create_user(blog::Store& store, const std::string& name) {
    auto password = options::get<std::string>("password");
    if (password.empty()) {
        std::getline(std::cin, password);
    }
    if (const auto problem = blog::problem_with(name, password); !problem.empty()) {
        throw std::runtime_error{problem};
    }
    blog::Author author{name, tornado::auth::hash_password(password, password_cost())};
    ioloop::IOLoop::current().run_sync([&] { return store.save_author(std::move(author)); });
    std::printf("%s may write now\n", name.c_str());
}

std::vector<web::Route> routes(blog::Store& store, tornado::auth::PasswordHasher& passwords) {
    const auto its = std::ref(store);
    const auto desk = std::ref(passwords);
    return {
        web::url<blog::HomeHandler>("/", {.name = "home"}, its),
        web::url<blog::ArchiveHandler>("/archive", {.name = "archive"}, its),
        web::url<blog::FeedHandler>("/feed", {.name = "feed"}, its),
        web::url<blog::EntryHandler>("/entry/([a-z0-9-]+)", {.name = "entry"}, its),
        web::url<blog::ComposeHandler>("/compose", {.name = "compose"}, its),
        web::url<blog::AuthCreateHandler>("/auth/create", {.name = "create"}, its, desk),
        web::url<blog::AuthLoginHandler>("/auth/login", {.name = "login"}, its, desk),
        web::url<blog::AuthLogoutHandler>("/auth/logout", {.name = "logout"}, its),
        web::url<blog::LanguageHandler>("/language/([a-zA-Z_]+)", {.name = "language"}, its)};
}

std::string title() {
    auto title = options::get<std::string>("title");
    if (!blog::is_line(title)) {
        throw options::Error{"--title is one line of text"};
    }
    return title;
}

/// Without a slash at the end.
std::string address_of_site() {
    auto url = options::get<std::string>("url");
    if (url.ends_with('/')) {
        url.pop_back();
    }
    const auto host = url.find("://");
    const bool is_web = url.starts_with("http://") || url.starts_with("https://");
    if (!url.empty() &&
        (!is_web || url.find_first_of("/?# ", host + 3) != url.npos || !blog::is_line(url))) {
        throw options::Error{"--url is an address like https://example.com"};
    }
    return url;
}

/// Those that were compiled with the program; null where files are to be read.
std::shared_ptr<tornado::templating::BaseLoader> templates() {
    if (options::get<bool>("debug") || !options::get<std::string>("site").empty()) {
        return nullptr;
    }
    return std::make_shared<tornado::templating::CompiledLoader>("blog");
}

void serve(blog::Store& store) {
    auto& loop = ioloop::IOLoop::current();
    const auto cookie_secret = loop.run_sync([&] { return store.cookie_secret(); });
    const auto feed_id = loop.run_sync([&] { return store.feed_id(); });
    tornado::auth::PasswordHasher passwords{password_cost()};
    const auto site_folder =
        site::site_folder(options::get<std::string>("site"), "templates/home.html");
    tornado::locale::load_translations(site_folder + "/locale");
    web::Application application{
        routes(store, passwords),
        {.compress_response = true,
         .cookie_secret = cookie_secret,
         .debug = options::get<bool>("debug"),
         .default_handler = web::url<blog::NoPageHandler>(".*", std::ref(store)),
         .extra = {{"blog_title", title()}, {"blog_url", address_of_site()}, {"feed_id", feed_id}},
         .login_url = "/auth/login",
         .static_handler = web::static_handler_class<site::AssetHandler>(),
         .static_path = site_folder + "/static",
         .template_loader = templates(),
         .template_path = site_folder + "/templates",
         .ui_modules =
             {web::ui_module<blog::EntryModule>("Entry", {.parameters = {"entry", "full"}}),
              web::ui_module<blog::RecentModule>("Recent", std::ref(store))},
         .xsrf_cookie_kwargs = {.samesite = "Lax"},
         .xsrf_cookies = true}};
    const auto& server = application.listen(
        options::get<std::uint16_t>("port"),
        {.address = options::get<std::string>("address"),
         .http = {.max_body_size = 1'048'576, .xheaders = options::get<bool>("xheaders")}}
    );
    application.drain_on_signal({.timeout = site::drain_timeout()});

    std::printf("Listening on %s\n", server.url().c_str());
    std::fflush(stdout);
    loop.start();
}

std::string database_url() {
    const auto url = options::get<std::string>("database");
    return url.empty() ? blog::url_of_file(options::get<std::string>("folder"), "blog.db") : url;
}

}  // namespace

int main(int argc, char** argv) try {
    define_options();
    options::refuse_rest(options::parse_command_line(argc, argv));
    if (options::get<bool>("debug")) {
        tornado::util::keep_call_stacks();
    }
    blog::DatabaseStore store{database_url()};
    ioloop::IOLoop::current().run_sync([&] { return store.prepare(); });
    if (const auto name = options::get<std::string>("create_user"); !name.empty()) {
        create_user(store, name);
    } else {
        serve(store);
    }
} catch (const options::Error& error) {
    std::fprintf(stderr, "blog: %s\n", error.what());
    return 2;
} catch (const tornado::database::InterfaceError& error) {  // of the URL
    std::fprintf(stderr, "blog: --database: %s\n", error.what());
    return 2;
} catch (const std::exception& error) {
    std::fprintf(stderr, "blog: %s\n", error.what());
    return 1;
}
