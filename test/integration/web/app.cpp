// What is compared with the same application in Python, tornado_web_peer.py: signed cookies, XSRF
// tokens, static files, and what handlers.cpp has.
//
//     web_app --port=N --static-path=FOLDER
#include <tornado/httpserver.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/options.hpp>
#include <tornado/web.hpp>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "handlers.hpp"
#include "template_handlers.hpp"

namespace ioloop = tornado::ioloop;
namespace options = tornado::options;
namespace web = tornado::web;

namespace {

struct SignHandler : web::RequestHandler {
    void get() {
        write(create_signed_value(
            get_argument("name"),
            get_argument("value", "", web::Strip::no),
            get_argument("version", 2)
        ));
    }
};

struct VerifyHandler : web::RequestHandler {
    void get() {
        const auto name = get_argument("name");
        write(get_signed_cookie(name, get_argument("text")).value_or("(nothing)"));
    }
};

struct CookieHandler : web::RequestHandler {
    void get() { write(get_signed_cookie("user").value_or("(nobody)")); }
    void put() { set_signed_cookie("user", get_argument("user")); }
};

struct XsrfHandler : web::RequestHandler {
    void get() { write(xsrf_token()); }
    void post() { write("changed"); }
};

struct UserHandler : web::RequestHandler {
    web::User get_current_user() override { return get_signed_cookie("user"); }
    void get() { write(authenticated().get()); }
    void post() { write(authenticated().get()); }
};

struct AddSlashHandler : web::RequestHandler {
    void get() {
        addslash();
        write("slash");
    }
};

struct RemoveSlashHandler : web::RequestHandler {
    void get() {
        removeslash();
        write("no slash");
    }
};

struct TextHandler : web::RequestHandler {
    void get() { write(std::string(get_argument<std::size_t>("size"), 'x')); }
    void head() { get(); }
};

}  // namespace

int main(int argc, char** argv) {
    options::define("port", 0, "run on the given port");
    options::define("static_path", std::string{}, "the folder to serve");
    options::define("template_path", std::string{}, "the folder with the templates");
    options::parse_command_line(argc, argv);
    std::vector<web::Route> routes{
        web::url<SignHandler>("/sign"),
        web::url<VerifyHandler>("/verify"),
        web::url<CookieHandler>("/cookie"),
        web::url<XsrfHandler>("/xsrf"),
        web::url<UserHandler>("/user"),
        web::url<AddSlashHandler>("/addslash/?"),
        web::url<RemoveSlashHandler>("/removeslash/?"),
        web::url<TextHandler>("/text"),
        web::url<web::RedirectHandler>(R"(/old/(.*))", "/new/{0}"),
        web::url<web::StaticFileHandler>(
            R"(/folders/(.*))",
            options::get<std::string>("static_path"),
            web::StaticFileOptions{.default_filename = "index.html"}
        )};
    for (const auto& more : {handler_routes(), template_routes()}) {
        routes.insert(routes.end(), more.begin(), more.end());
    }
    web::Application application{
        std::move(routes),
        {.compress_encodings = {"gzip"},  // as Tornado
         .compress_response = true,
         .cookie_secret = "It's a secret to everybody",
         .extra = {{"blog_title", std::string{"Blog & more"}}},
         .login_url = "/login",
         .static_path = options::get<std::string>("static_path"),
         .template_path = options::get<std::string>("template_path"),
         .ui_methods = ui_methods(),
         .ui_modules = ui_modules(),
         .xsrf_cookies = true}};
    application.add_handlers(R"(our\.example)", host_routes());
    const auto& server = application.listen(options::get<int>("port"), {.address = "127.0.0.1"});
    application.drain_on_signal();
    std::printf("Listening on http://127.0.0.1:%d\n", server.port());
    std::fflush(stdout);
    ioloop::IOLoop::current().start();
}
