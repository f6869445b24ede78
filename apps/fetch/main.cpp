// Fetches URLs and shows them: headers, body, or both; or saves one to a file.
//
//     fetch [--print-headers] [--print-body=false] [--http-proxy=host:port] [-o=FILE] URL...
#include <tornado/httpclient.hpp>
#include <tornado/httputil/arguments.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/options.hpp>

#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace httpclient = tornado::httpclient;
namespace httputil = tornado::httputil;
namespace ioloop = tornado::ioloop;
namespace options = tornado::options;
using tornado::Future;
using namespace std::chrono_literals;

struct CloseFile {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

/// Shows on a terminal how much of a body has come.
class Progress {
public:
    explicit Progress(const httpclient::ResponseStream& response)
        : shown_{::isatty(STDERR_FILENO) == 1} {
        const auto length = response.headers().get("Content-Length").value_or("");
        std::from_chars(length.data(), length.data() + length.size(), all_);
    }
    ~Progress() {
        if (drawn_) {
            std::fprintf(stderr, "\n");
        }
    }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void add(std::size_t size) {
        come_ += size;
        if (!shown_ || come_ < next_) {
            return;
        }
        next_ = come_ + 1'000'000;
        drawn_ = true;
        const auto megabytes = static_cast<double>(come_) / 1e6;
        if (all_ == 0) {
            std::fprintf(stderr, "\r%.0f MB", megabytes);
            return;
        }
        constexpr std::size_t width = 40;
        const auto part = static_cast<std::size_t>(come_ * width / all_);
        const std::string bar = std::string(part, '#') + std::string(width - part, '.');
        std::fprintf(stderr, "\r[%s] %.0f MB", bar.c_str(), megabytes);
    }

private:
    bool shown_;
    bool drawn_ = false;
    std::uint64_t all_ = 0;  ///< 0: unknown
    std::uint64_t come_ = 0;
    std::uint64_t next_ = 2'000'000;  ///< short downloads need no bar
};

httpclient::HTTPRequest request_for(const std::string& url) {
    httpclient::HTTPRequest request{url.find("://") == url.npos ? "http://" + url : url};
    request.follow_redirects(options::get<bool>("follow_redirects"))
        .validate_cert(options::get<bool>("validate_cert"))
        .request_timeout(0s);
    if (const auto proxy = options::get<std::string>("http_proxy"); !proxy.empty()) {
        const auto [host, port] = httputil::split_host_and_port(proxy);
        request.proxy(std::string{host}, port.value_or(8080));
    }
    return request;
}

void print_headers(const httpclient::ResponseStream& response) {
    std::printf("HTTP %d %s\n", response.code(), response.reason().c_str());
    std::printf("%s\n", response.headers().to_string().c_str());
}

/// Whether the status is a good one.
Future<bool> fetch(std::string url, std::FILE* out) {
    httpclient::AsyncHTTPClient client;
    const auto request = request_for(url);
    auto response = co_await client.stream(request);
    if (options::get<bool>("print_headers")) {
        print_headers(response);
    }
    Progress progress{response};
    for (auto piece = co_await response.read(); !piece.empty(); piece = co_await response.read()) {
        progress.add(piece.size());
        if (out != nullptr && std::fwrite(piece.data(), 1, piece.size(), out) != piece.size()) {
            throw std::runtime_error{"cannot write the body"};
        }
    }
    const bool good = response.code() >= 200 && response.code() < 300;
    if (!good) {
        std::fprintf(stderr, "fetch: HTTP %d: %s\n", response.code(), response.reason().c_str());
    }
    co_return good;
}

Future<bool> fetch_all(std::vector<std::string> urls, std::FILE* out) {
    bool good = true;
    for (const auto& url : urls) {
        const bool done = co_await fetch(url, out);
        good = good && done;
    }
    co_return good;
}

int main(int argc, char** argv) try {
    options::define("follow_redirects", true, "go where redirects lead");
    options::define("http_proxy", "", "host:port of a proxy to go through");
    options::define("o", "", "save the body to this file");
    options::define("print_body", true, "print the body");
    options::define("print_headers", false, "print the status and the headers");
    options::define("validate_cert", true, "verify the server's certificate");
    const auto urls = options::parse_command_line(argc, argv);
    if (urls.empty()) {
        throw std::invalid_argument{"name at least one URL"};
    }
    File file;
    auto* out = options::get<bool>("print_body") ? stdout : nullptr;
    if (const auto name = options::get<std::string>("o"); !name.empty()) {
        file.reset(std::fopen(name.c_str(), "wb"));
        if (file == nullptr) {
            throw std::runtime_error{"cannot open " + name};
        }
        out = file.get();
    }
    return ioloop::IOLoop::current().run_sync([&] { return fetch_all(urls, out); }) ? 0 : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "fetch: %s\n", error.what());
    return 1;
}
