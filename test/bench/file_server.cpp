// Answers every request with one file, by IOStream::write_file(): what test/bench/run compares with
// nginx's sendfile.
//
//     file_server --port=N --file=PATH
#include <tornado/tcpserver.hpp>

#include <sys/stat.h>

#include <string>
#include <tornado/ioloop.hpp>
#include <tornado/options.hpp>

namespace ioloop = tornado::ioloop;
namespace iostream = tornado::iostream;
namespace netutil = tornado::netutil;
namespace options = tornado::options;
using tornado::Future;

namespace {

class FileServer : public tornado::tcpserver::TCPServer {
public:
    explicit FileServer(std::string path) : path_{std::move(path)} {}

private:
    Future<void> handle_stream(iostream::IOStream stream, netutil::Address) override {
        stream.set_nodelay(true);
        while (true) {
            co_await stream.read_until("\r\n\r\n");
            struct stat status {};
            ::stat(path_.c_str(), &status);
            stream.write(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Length: " +
                std::to_string(status.st_size) + "\r\n\r\n"
            );
            co_await stream.write_file(path_);
        }
    }

    std::string path_;
};

}  // namespace

int main(int argc, char** argv) {
    options::define("port", 8888, "listen on this port");
    options::define("file", std::string{}, "the file to send");
    options::parse_command_line(argc, argv);
    FileServer server{options::get<std::string>("file")};
    server.listen(options::get<int>("port"), {.address = "127.0.0.1"});
    ioloop::IOLoop::current().start();
}
