// Sends files to file_upload: in one form, or each by a PUT. Files may be larger than memory.
//
//     file_uploader [--put] [--url=http://localhost:8888] FILE...
#include <tornado/escape.hpp>
#include <tornado/httpclient.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/options.hpp>

#include <boost/json.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "multipart.hpp"
#include "progress.hpp"

namespace escape = tornado::escape;
namespace httpclient = tornado::httpclient;
namespace ioloop = tornado::ioloop;
namespace json = boost::json;
namespace options = tornado::options;
using tornado::Future;
using namespace std::chrono_literals;

namespace {

using Files = std::vector<uploader::LocalFile>;

/// The server's address, without the slash at its end.
std::string base_url() {
    auto url = options::get<std::string>("url");
    if (url.find("://") == url.npos) {
        url = "http://" + url;
    }
    while (url.ends_with('/')) {
        url.pop_back();
    }
    return url;
}

/// What the server's cookie says, which goes back with each upload.
std::string token_in(const httpclient::HTTPResponse& response) {
    constexpr std::string_view name = "_xsrf=";
    const auto cookies = response.headers.get_list("Set-Cookie");
    for (std::string_view cookie : cookies) {
        if (cookie.starts_with(name)) {
            cookie.remove_prefix(name.size());
            return std::string{cookie.substr(0, cookie.find(';'))};
        }
    }
    throw std::runtime_error{base_url() + " is no file_upload: it gives no XSRF cookie"};
}

httpclient::HTTPRequest
upload_request(std::string method, const std::string& path, const std::string& token) {
    httpclient::HTTPRequest request{base_url() + path};
    request.method(std::move(method))
        .header("Cookie", "_xsrf=" + token)
        .header("X-XSRFToken", token)
        .expect_100_continue(true)  // what is refused is not sent
        .follow_redirects(false)
        .request_timeout(0s)
        .validate_cert(options::get<bool>("validate_cert"));
    return request;
}

/// Text of the server's, with what could steer a terminal made visible.
std::string printable(std::string_view text) {
    std::string shown;
    for (const char c : text) {
        shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    }
    return shown;
}

void show_stored(const std::string& sent_as, const json::value& file) {
    const auto name = printable(std::string{file.at("name").as_string()});
    const auto size = uploader::size_text(file.at("size").to_number<std::uint64_t>());
    std::printf("%s: %s, stored as %s\n", sent_as.c_str(), size.c_str(), name.c_str());
    std::fflush(stdout);
}

Future<void> put(httpclient::AsyncHTTPClient& client, uploader::LocalFile file, std::string token) {
    uploader::Progress progress{file.name, file.size};
    auto request = upload_request("PUT", "/files/" + escape::url_escape(file.name, false), token);
    request.header("Content-Length", std::to_string(file.size));
    request.header("Content-Type", "application/octet-stream");
    request.body_producer([&](httpclient::BodyWriter write) {
        return uploader::send_file(std::move(write), file, progress);
    });
    const auto response = co_await client.fetch(request);
    const auto stored = escape::json_decode(response.body);
    show_stored(file.path, stored.value());
}

Future<void> post(httpclient::AsyncHTTPClient& client, Files files, std::string token) {
    const uploader::Multipart form{files};
    const auto size = std::accumulate(
        files.begin(),
        files.end(),
        std::uint64_t{0},
        [](std::uint64_t sum, const auto& file) { return sum + file.size; }
    );
    const auto count = std::to_string(files.size()) + (files.size() == 1 ? " file" : " files");
    uploader::Progress progress{count, size};
    auto request = upload_request("POST", "/files", token);
    request.header("Content-Length", std::to_string(form.content_length()));
    request.header("Content-Type", form.content_type());
    request.body_producer([&](httpclient::BodyWriter write) {
        return form.send(std::move(write), progress);
    });
    const auto response = co_await client.fetch(request);
    const auto stored = escape::json_decode(response.body);
    const auto& list = stored.value().at("files").as_array();
    for (std::size_t i = 0; i < list.size() && i < files.size(); ++i) {
        show_stored(files[i].path, list[i]);
    }
}

Future<void> send(Files files) {
    httpclient::AsyncHTTPClient client;
    httpclient::HTTPRequest first{base_url() + "/files"};
    first.validate_cert(options::get<bool>("validate_cert"));
    const auto greeting = co_await client.fetch(first);
    const auto token = token_in(greeting);
    if (!options::get<bool>("put")) {
        co_await post(client, std::move(files), token);
        co_return;
    }
    for (const auto& file : files) {
        co_await put(client, file, token);
    }
}

/// What the server says about why it refuses, if it does.
std::string reason_of(const httpclient::HTTPClientError& error) {
    const auto& response = error.response();
    const auto body = response == nullptr ? tornado::Result<json::value>{json::value{}}
                                          : escape::json_decode(response->body);
    const auto* const object = body.has_value() ? body->if_object() : nullptr;
    const auto* const sentence = object != nullptr ? object->if_contains("error") : nullptr;
    return sentence != nullptr && sentence->is_string()
               ? printable(std::string{sentence->get_string()})
               : error.what();
}

}  // namespace

int main(int argc, char** argv) try {
    options::define("put", false, "send each file by a PUT; otherwise all in one form");
    options::define("url", "http://localhost:8888", "where file_upload is");
    options::define("validate_cert", true, "insist on a valid certificate with https");
    const auto paths = options::parse_command_line(argc, argv);
    if (paths.empty()) {
        throw options::Error{"name the files to send (--help lists all options)"};
    }
    Files files;
    for (const auto& path : paths) {
        files.push_back(uploader::look_at(path));
    }
    ioloop::IOLoop::current().run_sync([&] { return send(files); });
} catch (const httpclient::HTTPClientError& error) {
    std::fprintf(stderr, "file_uploader: %s\n", reason_of(error).c_str());
    return 1;
} catch (const options::Error& error) {
    std::fprintf(stderr, "file_uploader: %s\n", error.what());
    return 2;
} catch (const std::exception& error) {
    std::fprintf(stderr, "file_uploader: %s\n", error.what());
    return 1;
} catch (const tornado::CancelledError&) {
    return 1;
}
