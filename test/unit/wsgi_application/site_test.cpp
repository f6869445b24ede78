#include <tornado/wsgi_application.hpp>

#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <tornado/web.hpp>
#include <tornado/web/templates.hpp>
#include <tuple>
#include <utility>
#include <vector>

#include "../log_capture.hpp"
#include "../temporary_folder.hpp"

namespace web = tornado::web;
namespace wsgi = tornado::wsgi;

namespace {

/// Counts visits in a signed cookie.
struct VisitsHandler : web::RequestHandler {
    void get() {
        const auto before = get_signed_cookie("visits").value_or("0");
        set_signed_cookie("visits", std::to_string(std::stoi(before) + 1));
        write(before);
    }
};

/// A page with a form, and what was sent by it.
struct FormHandler : web::RequestHandler {
    void get() { render("page.html", {{"title", "<Notes>"}}); }
    void post() {
        std::string all = get_body_argument("note");
        for (const auto& [name, files] : request().files()) {
            for (const auto& file : files) {
                all += "|" + name + "|" + file.filename + "|" + file.body;
            }
        }
        write(all);
    }
};

struct MovedHandler : web::RequestHandler {
    void get() { redirect("/form", true); }
};

struct LongHandler : web::RequestHandler {
    void get() {
        set_header("Content-Type", "text/plain");
        write(std::string(10'000, 'x'));
    }
};

/// Says that it has more than it has.
struct ShortHandler : web::RequestHandler {
    void get() {
        set_header("Content-Length", "100");
        write("short");
    }
};

/// Takes the body piece by piece, and not much of it.
struct ModestHandler : web::RequestHandler {
    void prepare() { request().connection().set_max_body_size(1000); }
    void data_received(std::string_view piece) { size += piece.size(); }
    void put() { write(std::to_string(size)); }
    std::size_t size = 0;
};

std::string template_folder;

std::unique_ptr<web::Application> make_site() {
    web::ApplicationSettings settings;
    settings.compress_response = true;
    settings.cookie_secret = "secret";
    settings.template_path = template_folder;
    settings.xsrf_cookies = true;
    return std::make_unique<web::Application>(
        std::vector{
            web::url<VisitsHandler>("/visits"),
            web::url<FormHandler>("/form"),
            web::url<MovedHandler>("/moved"),
            web::url<LongHandler>("/long"),
            web::url<ShortHandler>("/short"),
            web::url<ModestHandler>("/modest")},
        std::move(settings)
    );
}

struct Browser {
    Browser() {
        template_folder = folder.path();
        write_file(folder / "page.html", "<h1>{{ title }}</h1>{% module xsrf_form_html() %}");
    }

    /// With the cookie that was set last.
    wsgi::WSGIResponse send(wsgi::WSGIRequest request) {
        request.headers.add("Host", "example.com");
        if (!cookie.empty()) {
            request.headers.add("Cookie", cookie);
        }
        auto response = application(std::move(request));
        if (const auto field = response.headers.get("Set-Cookie")) {
            cookie = field->substr(0, field->find(';'));
        }
        return response;
    }
    wsgi::WSGIResponse get(const std::string& target) { return send({.target = target}); }
    wsgi::WSGIResponse post(const std::string& type, std::string body) {
        wsgi::WSGIRequest request;
        request.method = "POST";
        request.target = "/form";
        request.headers.add("Content-Type", type);
        request.headers.add("Content-Length", std::to_string(body.size()));
        request.read_body = pieces_of(std::move(body));
        return send(std::move(request));
    }
    static tornado::util::UniqueFunction<std::string(std::size_t)> pieces_of(std::string body) {
        return [rest = std::move(body)](std::size_t most) mutable {
            const auto piece = rest.substr(0, most);
            rest.erase(0, most);
            return piece;
        };
    }
    /// What the form of a page proves itself with.
    std::string token() {
        const auto page = get("/form").body;
        const std::string before = "name=\"_xsrf\" value=\"";
        const auto begin = page.find(before) + before.size();
        return page.substr(begin, page.find('"', begin) - begin);
    }

    TemporaryFolder folder;
    std::string cookie;
    wsgi::WSGIApplication application{&make_site};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(site_under_wsgi, Browser)

BOOST_AUTO_TEST_CASE(signed_cookies_come_back) {
    for (const std::string visits : {"0", "1", "2"}) {
        BOOST_TEST(get("/visits").body == visits);
    }
    auto& digit = cookie[cookie.size() - 5];  // of the signature
    digit = digit == '0' ? '1' : '0';
    const LogCapture logged;
    BOOST_TEST(get("/visits").body == "0");
}

BOOST_AUTO_TEST_CASE(templates_are_rendered) {
    const auto page = get("/form");
    BOOST_TEST(page.status == 200);
    BOOST_TEST(page.body.starts_with("<h1>&lt;Notes&gt;</h1><input "));
}

BOOST_AUTO_TEST_CASE(a_form_needs_its_token) {
    const std::string kind = "application/x-www-form-urlencoded";
    const auto proof = token();
    BOOST_TEST(post(kind, "note=a%20b&_xsrf=" + proof).body == "a b");
    const LogCapture logged;
    BOOST_TEST(post(kind, "note=a%20b").status == 403);
    cookie.clear();
    BOOST_TEST(post(kind, "note=a%20b&_xsrf=" + proof).status == 403);
}

BOOST_AUTO_TEST_CASE(files_are_uploaded) {
    const auto part = [](const std::string& about, const std::string& body) {
        return "--edge\r\nContent-Disposition: form-data; " + about + "\r\n\r\n" + body + "\r\n";
    };
    const std::string content(200'000, 'f');
    const auto body = part("name=\"_xsrf\"", token()) + part("name=\"note\"", "noted") +
                      part("name=\"file\"; filename=\"a.bin\"", content) + "--edge--\r\n";
    BOOST_TEST(
        post("multipart/form-data; boundary=edge", body).body == "noted|file|a.bin|" + content
    );
}

BOOST_AUTO_TEST_CASE(redirects_go_out) {
    const auto moved = get("/moved");
    BOOST_TEST(moved.status == 301);
    BOOST_TEST(moved.headers.get("Location").value_or("") == "/form");
}

BOOST_AUTO_TEST_CASE(responses_are_compressed) {
    wsgi::WSGIRequest request;
    request.target = "/long";
    request.headers.add("Accept-Encoding", "gzip");
    const auto response = send(std::move(request));
    BOOST_TEST(response.headers.get("Content-Encoding").value_or("") == "gzip");
    BOOST_TEST(
        response.headers.get("Content-Length").value_or("") == std::to_string(response.body.size())
    );
    BOOST_TEST(response.body.size() < 1000U);
    BOOST_TEST(get("/long").body.size() == 10'000U);
}

BOOST_AUTO_TEST_CASE(a_length_that_is_wrong_is_500) {
    const LogCapture logged;
    const auto response = get("/short");
    BOOST_TEST(response.status == 500);
    BOOST_TEST(response.body.find("short") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_body_above_the_limit_is_413) {
    for (const auto& [size, has_length, status] :
         {std::tuple{1000U, true, 200},
          {1001U, true, 413},
          {1000U, false, 200},
          {1'000'000U, false, 413}}) {
        wsgi::WSGIRequest request;
        request.method = "PUT";
        request.target = "/modest";
        request.headers.add("X-Xsrftoken", token());
        request.headers.add(
            has_length ? "Content-Length" : "Transfer-Encoding",
            has_length ? std::to_string(size) : "chunked"
        );
        request.read_body = pieces_of(std::string(size, 'b'));
        const LogCapture logged;
        BOOST_TEST(send(std::move(request)).status == status);
    }
}

BOOST_AUTO_TEST_SUITE_END()
