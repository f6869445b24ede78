// Fetches URLs and shows them: headers, body, or both; or saves one to a file. On a terminal it
// shows how far a long download is.
//
//     fetch [--print-headers] [--print-body=false] [--http-proxy=host:port] [-o FILE] URL...
//
// A file of -o is made, or replaced, when all of a response with a good status has come.
//
// It ends with 0 when all responses were good, with 1 when the status of one was none of 2xx, with
// 2 for a mistake on the command line, and with 3 when a URL gave no whole response or that could
// not be written.
#include "output.hpp"
#include "progress.hpp"
#include "terminal.hpp"

#include <tornado/gen.hpp>
#include <tornado/httpclient.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/options.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gen = tornado::gen;
namespace httpclient = tornado::httpclient;
namespace ioloop = tornado::ioloop;
namespace options = tornado::options;
using tornado::Future;
using namespace std::chrono_literals;

enum Status { good = 0, bad_status = 1, usage = 2, failed = 3 };

using Proxy = httpclient::Proxy;

/// What the command line says of all fetches.
struct Settings {
    std::optional<Proxy> proxy;
    ioloop::Duration silence = {};  ///< without a byte for so long a fetch is given up; 0: never
};

httpclient::HTTPRequest request_for(const std::string& url, const std::optional<Proxy>& proxy) {
    httpclient::HTTPRequest request{url.find("://") == url.npos ? "http://" + url : url};
    request.follow_redirects(options::get<bool>("follow_redirects"))
        .validate_cert(options::get<bool>("validate_cert"))
        .request_timeout(0s);
    if (proxy) {
        request.proxy(proxy->host, proxy->port);
        if (proxy->credentials) {
            request.proxy_username(proxy->credentials->name);
            request.proxy_password(proxy->credentials->password);
        }
    }
    return request;
}

/// The outcome of something that may not take longer than the server may be silent.
template <typename T>
Future<T> in_time(ioloop::Duration silence, Future<T> future) {
    try {
        if (silence == 0s) {
            co_return co_await std::move(future);
        }
        co_return co_await gen::cancel_after(silence, std::move(future));
    } catch (const ioloop::TimeoutError&) {
        throw std::runtime_error("nothing came for too long (--timeout)");
    }
}

/// Set by the client where it has decompressed the body.
constexpr std::string_view consumed = "X-Consumed-Content-Encoding";

/// As the server sent them.
void print_headers(const httpclient::ResponseStream& response) {
    std::printf("HTTP %d %s\n", response.code(), printable(response.reason(), stdout).c_str());
    for (const auto [name, value] : response.headers()) {
        const std::string shown{name == consumed ? "Content-Encoding" : name};
        std::printf("%s: %s\n", shown.c_str(), printable(value, stdout).c_str());
    }
    std::printf("\n");
}

/// How long the body will be, as it is counted here; empty if nobody knows.
std::string length_of(const httpclient::ResponseStream& response) {
    const bool is_compressed = response.headers().contains(consumed);
    return is_compressed ? "" : response.headers().get("Content-Length").value_or("");
}

Future<Status> fetch(std::string url, const Settings& settings, Output& out) {
    httpclient::AsyncHTTPClient client;
    const auto request = request_for(url, settings.proxy);
    auto response = co_await in_time(settings.silence, client.stream(request));
    if (options::get<bool>("print_headers")) {
        print_headers(response);
    }
    const bool is_good = response.code() >= 200 && response.code() <= 299;
    const bool wanted = out.is_file() ? is_good : options::get<bool>("print_body");
    if (wanted) {
        out.open();
    }
    // A bar between the lines of a body would be in its way.
    const bool shows =
        ::isatty(STDERR_FILENO) == 1 && (out.is_file() || ::isatty(STDOUT_FILENO) == 0);
    {
        Progress progress{shows, length_of(response)};
        std::string piece;
        do {
            piece = co_await in_time(settings.silence, response.read());
            progress.add(piece.size());
            if (wanted) {
                out.write(piece);
            }
        } while (!piece.empty());
    }
    out.close();
    if (!is_good) {
        std::fprintf(
            stderr,
            "fetch: %s: HTTP %d %s\n",
            url.c_str(),
            response.code(),
            printable(response.reason(), stderr).c_str()
        );
        co_return bad_status;
    }
    co_return good;
}

/// The worst of what happened.
Future<Status> fetch_all(std::vector<std::string> urls, Settings settings, std::string file) {
    auto worst = good;
    for (const auto& url : urls) {
        Output out(file);
        auto status = failed;
        try {
            status = co_await fetch(url, settings, out);
        } catch (const std::exception& error) {
            const auto what = printable(error.what(), stderr);
            std::fprintf(stderr, "fetch: %s: %s\n", url.c_str(), what.c_str());
            if (const auto part = out.left_over(); !part.empty()) {
                std::fprintf(stderr, "fetch: what came of it is in %s\n", part.c_str());
            }
        }
        worst = std::max(worst, status);
    }
    co_return worst;
}

/// What is wrong with the words behind the options; empty if nothing.
std::string mistake_in(const std::vector<std::string>& urls) {
    if (urls.empty()) {
        return "name at least one URL";
    }
    for (const auto& url : urls) {
        if (url.starts_with('-')) {
            return "options come before URLs: " + url;
        }
    }
    const bool too_many = urls.size() > 1 && !options::get<std::string>("o").empty();
    return too_many ? "name only one URL with -o" : "";
}

Settings read_settings() {
    Settings settings;
    const auto seconds = options::get<int>("timeout");
    if (seconds < 0) {
        throw std::invalid_argument{"--timeout: less than no time"};
    }
    settings.silence = std::chrono::seconds{seconds};
    if (const auto text = options::get<std::string>("http_proxy"); !text.empty()) {
        try {
            settings.proxy = httpclient::parse_proxy(text);
        } catch (const std::invalid_argument& error) {
            throw std::invalid_argument{std::string{"--http-proxy: "} + error.what()};
        }
    }
    return settings;
}

/// `-o FILE`, as other fetchers have it, is `-o=FILE`.
std::vector<std::string> joined_arguments(int argc, char** argv) {
    std::vector<std::string> all(argv, argv + argc);
    for (std::size_t i = 1; i + 1 < all.size() && all[i].starts_with('-') && all[i] != "--"; ++i) {
        if (all[i] == "-o") {
            all[i] += "=" + all[i + 1];
            all.erase(all.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        }
    }
    return all;
}

std::vector<std::string> parse(int argc, char** argv) {
    auto arguments = joined_arguments(argc, argv);
    std::vector<char*> pointers;
    for (auto& argument : arguments) {
        pointers.push_back(argument.data());
    }
    return options::parse_command_line(static_cast<int>(pointers.size()), pointers.data());
}

int main(int argc, char** argv) try {
    options::define("follow_redirects", true, "go where redirects lead");
    options::define(
        "http_proxy", "", "host:port of a proxy, or its URL; otherwise that of the environment"
    );
    options::define("o", "", "save the body to this file, if the status is good");
    options::define("print_body", true, "print the body");
    options::define("print_headers", false, "print the status and the headers");
    options::define("timeout", 60, "seconds without a byte before giving up; 0: never");
    options::define("validate_cert", true, "verify the server's certificate");
    const auto urls = parse(argc, argv);
    if (const auto mistake = mistake_in(urls); !mistake.empty()) {
        std::fprintf(stderr, "fetch: %s (--help lists the options)\n", mistake.c_str());
        return usage;
    }
    Settings settings;
    try {
        settings = read_settings();
    } catch (const std::invalid_argument& error) {
        std::fprintf(stderr, "fetch: %s (--help lists the options)\n", error.what());
        return usage;
    }
    // Bodies are not kept in memory, so they may be as long as they are.
    httpclient::AsyncHTTPClient::configure(
        {.max_body_size = std::size_t{1} << 62U, .proxies_from_environment = true}
    );
    const auto file = options::get<std::string>("o");
    const auto run = [&] { return fetch_all(urls, settings, file); };
    return ioloop::IOLoop::current().run_sync(run);
} catch (const std::exception& error) {
    std::fprintf(stderr, "fetch: %s\n", error.what());
    return failed;
}
