// Serves a Python application, and asks it once.
#include <tornado/httpclient.hpp>
#include <tornado/httpserver.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/netutil.hpp>
#include <tornado/wsgi.hpp>

#include <cstdio>
#include <string>
#include <utility>

namespace httpclient = tornado::httpclient;
namespace ioloop = tornado::ioloop;
namespace netutil = tornado::netutil;
namespace wsgi = tornado::wsgi;

int main() {
    wsgi::WSGIContainer container{wsgi::PythonApp::load("wsgiref.simple_server:demo_app")};
    tornado::httpserver::HTTPServer server{container};
    auto sockets = netutil::bind_sockets(0, {.address = "127.0.0.1"});
    const auto port = netutil::local_address(sockets.front().fileno()).port();
    server.add_sockets(std::move(sockets));
    httpclient::AsyncHTTPClient client;
    const auto url = "http://127.0.0.1:" + std::to_string(port) + "/";
    const auto response = ioloop::IOLoop::current().run_sync([&] { return client.fetch(url); });
    std::printf("%s\n", response.body.c_str());
    return response.body.starts_with("Hello world!") ? 0 : 1;
}
