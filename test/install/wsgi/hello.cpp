#include <tornado/web.hpp>
#include <tornado/wsgi_application.hpp>

#include <memory>
#include <vector>

namespace web = tornado::web;

struct MainHandler : web::RequestHandler {
    void get() { write("Hello, " + get_argument("name", "world")); }
};

std::unique_ptr<web::Application> make_application() {
    return std::make_unique<web::Application>(std::vector{web::url<MainHandler>("/")});
}

TORNADO_WSGI_MODULE(hello, make_application)
