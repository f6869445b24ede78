#include <tornado/ioloop.hpp>
#include <tornado/options.hpp>
#include <tornado/web.hpp>

namespace ioloop = tornado::ioloop;
namespace options = tornado::options;
namespace web = tornado::web;

struct MainHandler : web::RequestHandler {
    void get() { write("Hello, " + get_argument("name", "world") + "\n"); }
};

int main(int argc, char** argv) {
    options::define("port", 8888, "run on the given port");
    options::parse_command_line(argc, argv);
    web::Application application{{web::url<MainHandler>("/")}};
    application.listen(options::get<int>("port"));
    ioloop::IOLoop::current().start();
}
