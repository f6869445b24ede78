// Fetches URLs and shows them: headers, body, or both; or saves one to a file. On a terminal it
// shows how far a long download is.
//
//     fetch [--print-headers] [--print-body=false] [--http-proxy=host:port] [-o=FILE] URL...
//
// It ends with 0 when all responses were good, with 1 when the status of one was none of 2xx, with
// 2 for a mistake on the command line, and with 3 when a URL gave no whole response or that could
// not be written.
#include "progress.hpp"

#include <tornado/httpclient.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/options.hpp>

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace httpclient = tornado::httpclient;
namespace ioloop = tornado::ioloop;
namespace options = tornado::options;
using tornado::Future;
using namespace std::chrono_literals;

enum Status { good = 0, bad_status = 1, usage = 2, failed = 3 };

/// Where bodies go: standard output, a file, or nowhere.
class Output {
public:
    explicit Output(std::string name) : name_{std::move(name)} {}
    ~Output() {
        if (file_ != nullptr) {
            std::fclose(file_);
        }
    }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    /// A file is made, or emptied, only when there is a response.
    void open() {
        if (!name_.empty() && file_ == nullptr) {
            file_ = std::fopen(name_.c_str(), "wb");
            check(file_ != nullptr);
        }
    }
    void write(const std::string& piece) {
        auto* const to = file_ != nullptr ? file_ : stdout;
        check(std::fwrite(piece.data(), 1, piece.size(), to) == piece.size());
    }
    void close() {
        auto* const to = std::exchange(file_, nullptr);
        check((to != nullptr ? std::fclose(to) : std::fflush(stdout)) == 0);
    }
    [[nodiscard]] bool is_file() const noexcept { return !name_.empty(); }

private:
    void check(bool done) const {
        if (!done) {
            const auto where = name_.empty() ? "standard output" : name_;
            throw std::system_error{errno, std::generic_category(), "cannot write " + where};
        }
    }

    std::string name_;
    std::FILE* file_ = nullptr;
};

/// The proxy's URL or just its host and port.
void set_proxy(httpclient::HTTPRequest& request, const std::string& proxy) {
    const auto url =
        httpclient::parse_url(proxy.find("://") == proxy.npos ? "http://" + proxy : proxy);
    request.proxy(url.host, url.port);
    if (url.has_userinfo) {
        const auto colon = std::min(url.userinfo.find(':'), url.userinfo.size());
        request.proxy_username(url.userinfo.substr(0, colon));
        request.proxy_password(url.userinfo.substr(std::min(colon + 1, url.userinfo.size())));
    }
}

httpclient::HTTPRequest request_for(const std::string& url) {
    httpclient::HTTPRequest request{url.find("://") == url.npos ? "http://" + url : url};
    request.follow_redirects(options::get<bool>("follow_redirects"))
        .validate_cert(options::get<bool>("validate_cert"))
        .request_timeout(0s);
    if (const auto proxy = options::get<std::string>("http_proxy"); !proxy.empty()) {
        set_proxy(request, proxy);
    }
    return request;
}

void print_headers(const httpclient::ResponseStream& response) {
    std::printf("HTTP %d %s\n", response.code(), response.reason().c_str());
    std::printf("%s\n", response.headers().to_string().c_str());
}

Future<Status> fetch(std::string url, Output& out) {
    httpclient::AsyncHTTPClient client;
    const auto request = request_for(url);
    auto response = co_await client.stream(request);
    if (options::get<bool>("print_headers")) {
        print_headers(response);
    }
    const bool wanted = out.is_file() || options::get<bool>("print_body");
    out.open();
    // A bar between the lines of a body would be in its way.
    const bool shows =
        ::isatty(STDERR_FILENO) == 1 && (out.is_file() || ::isatty(STDOUT_FILENO) == 0);
    Progress progress{shows, response.headers().get("Content-Length").value_or("")};
    for (auto piece = co_await response.read(); !piece.empty(); piece = co_await response.read()) {
        progress.add(piece.size());
        if (wanted) {
            out.write(piece);
        }
    }
    if (response.code() < 200 || response.code() > 299) {
        std::fprintf(
            stderr,
            "fetch: %s: HTTP %d %s\n",
            url.c_str(),
            response.code(),
            response.reason().c_str()
        );
        co_return bad_status;
    }
    co_return good;
}

/// The worst of what happened.
Future<Status> fetch_all(std::vector<std::string> urls, Output& out) {
    auto worst = good;
    for (const auto& url : urls) {
        auto status = failed;
        try {
            status = co_await fetch(url, out);
        } catch (const std::exception& error) {
            std::fprintf(stderr, "fetch: %s: %s\n", url.c_str(), error.what());
        }
        worst = std::max(worst, status);
    }
    co_return worst;
}

int main(int argc, char** argv) try {
    options::define("follow_redirects", true, "go where redirects lead");
    options::define(
        "http_proxy", "", "host:port of a proxy, or its URL; otherwise that of the environment"
    );
    options::define("o", "", "save the body to this file");
    options::define("print_body", true, "print the body");
    options::define("print_headers", false, "print the status and the headers");
    options::define("validate_cert", true, "verify the server's certificate");
    const auto urls = options::parse_command_line(argc, argv);
    const auto name = options::get<std::string>("o");
    if (urls.empty() || (urls.size() > 1 && !name.empty())) {
        std::fprintf(
            stderr,
            "fetch: name %s URL (--help lists the options)\n",
            urls.empty() ? "at least one" : "only one"
        );
        return usage;
    }
    // Bodies are not kept in memory, so they may be as long as they are.
    httpclient::AsyncHTTPClient::configure(
        {.max_body_size = std::size_t{1} << 62U, .proxies_from_environment = true}
    );
    Output out{name};
    const auto status = ioloop::IOLoop::current().run_sync([&] { return fetch_all(urls, out); });
    out.close();
    return status;
} catch (const std::exception& error) {
    std::fprintf(stderr, "fetch: %s\n", error.what());
    return failed;
}
