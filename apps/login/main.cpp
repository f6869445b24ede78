// A page to log in on, by other sites and by password.
//
//     login [--port=8888] [--config=FILE] [--users=FILE] [--local_provider=FOLDER]
//     login --users=FILE --add_user=NAME
#include <tornado/ioloop.hpp>
#include <tornado/options.hpp>
#include <tornado/util/secure_random.hpp>
#include <tornado/web.hpp>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "handlers.hpp"
#include "local_provider.hpp"
#include "site.hpp"

namespace auth = tornado::auth;
namespace ioloop = tornado::ioloop;
namespace options = tornado::options;
namespace web = tornado::web;

namespace {

std::string option(const std::string& name) {
    return options::get<std::string>(name);
}

void define_options() {
    options::define(
        "add_user", "", "let this name log in, by a password read from the standard input, and end"
    );
    options::define("address", "127.0.0.1", "listen on this address; empty for all");
    options::define("client_id", "", "what the OpenID provider knows this site by");
    options::define("client_secret", "", "and its secret");
    options::define("config", "", "a file with options, for the secrets among them");
    options::define(
        "cookie_secret", "", "what cookies are signed with; empty: new with each start"
    );
    options::define("drain_timeout", 10, "seconds that requests have after SIGTERM");
    options::define("github_client_id", "", "what GitHub knows this site by; empty: no GitHub");
    options::define("github_client_secret", "", "and its secret");
    options::define("google_client_id", "", "what Google knows this site by; empty: no Google");
    options::define("google_client_secret", "", "and its secret");
    options::define("issuer", "", "the URL of an OpenID provider; empty: none");
    options::define("issuer_name", "OpenID", "what its button says");
    options::define(
        "local_provider",
        "",
        "the folder of a provider for development, which node runs; empty: none"
    );
    options::define<std::uint16_t>("port", 8888, "run on the given port");
    options::define("site", "", "the folder with the pages; empty: `site` beside the program");
    options::define("url", "", "the site's address, https://example.com; empty: as it listens");
    options::define("users", "", "a file with names and hashes of passwords; empty: none");
    options::define("xheaders", false, "behind a proxy on this machine: believe its headers");
}

/// The option `url`, without a "/" at its end.
std::string site_url() {
    auto url = option("url");
    while (url.ends_with('/')) {
        url.pop_back();
    }
    const auto host = url.find("://") + 3;
    const bool is_site = (url.starts_with("https://") || url.starts_with("http://")) &&
                         host < url.size() && url.find_first_of("/?#", host) == url.npos;
    if (!option("url").empty() && !is_site) {
        throw options::Error{"--url is the site's address alone, such as https://example.com"};
    }
    return url;
}

void add_providers(login::Providers& providers) {
    const auto openid = [&](const char* id,
                            const std::string& label,
                            const std::string& issuer,
                            const std::string& prefix) {
        auth::OpenIDConnectOptions about;
        about.client_id = option(prefix + "client_id");
        about.client_secret = option(prefix + "client_secret");
        about.issuer = issuer;
        providers.push_back(login::openid_provider(id, label, std::move(about)));
    };
    if (!option("issuer").empty()) {
        openid("openid", option("issuer_name"), option("issuer"), "");
    }
    if (!option("google_client_id").empty()) {
        openid("google", "Google", "https://accounts.google.com", "google_");
    }
    if (!option("github_client_id").empty()) {
        auth::GitHubOptions about;
        about.client_id = option("github_client_id");
        about.client_secret = option("github_client_secret");
        providers.push_back(login::github_provider(std::move(about)));
    }
}

std::vector<web::Route> routes(login::Site& its) {
    const auto site = std::ref(its);
    return {
        web::url<login::HomeHandler>("/", site),
        web::url<login::LoginHandler>("/login/([a-z]+)", site),
        web::url<login::CallbackHandler>("/callback/([a-z]+)", site),
        web::url<login::PasswordHandler>("/password", site),
        web::url<login::LogoutHandler>("/logout", site)};
}

web::ApplicationSettings settings(login::Site& its, const std::string& folder) {
    constexpr std::size_t secret_size = 32;
    auto secret = option("cookie_secret");
    if (secret.empty()) {
        secret = tornado::util::secure_random_bytes(secret_size);
    }
    return {
        .compress_response = true,
        .cookie_secret = secret,
        .default_handler = web::url<login::NoPageHandler>(".*", std::ref(its)),
        .static_handler = web::static_handler_class<site::AssetHandler>(),
        .static_path = folder + "/static",
        .template_path = folder + "/templates",
        .xsrf_cookie_kwargs = {.httponly = true, .samesite = "Lax"},
        .xsrf_cookies = true};
}

void serve() {
    login::Site its;
    if (!option("users").empty()) {
        its.people.emplace(option("users"));
    }
    add_providers(its.providers);
    web::Application application{
        routes(its), settings(its, site::site_folder(option("site"), "templates/login.html"))};
    auto& server = application.listen(
        options::get<std::uint16_t>("port"),
        {.address = option("address"),
         .http = {.max_body_size = 65'536, .xheaders = options::get<bool>("xheaders")}}
    );
    its.url = site_url();
    if (its.url.empty()) {
        its.url = server.url();
    }
    auto& loop = ioloop::IOLoop::current();
    std::optional<login::LocalProvider> local;
    if (!option("local_provider").empty()) {
        local.emplace(option("local_provider"), its.url);
        auto provider = loop.run_sync([&] { return local->ready(); });
        its.providers.push_back(std::move(provider));
    }
    application.drain_on_signal({.timeout = site::drain_timeout()});
    std::printf("Listening on %s\n", server.url().c_str());
    std::fflush(stdout);
    loop.start();
}

}  // namespace

int main(int argc, char** argv) try {
    define_options();
    options::parse_command_line(argc, argv, false);
    if (!option("config").empty()) {
        options::parse_config_file(option("config"), false);
    }
    options::refuse_rest(options::parse_command_line(argc, argv));
    if (!option("add_user").empty()) {
        if (option("users").empty()) {
            throw options::Error{"--add_user wants --users, the file that the name goes into"};
        }
        std::string password;
        std::getline(std::cin, password);
        login::add_person(option("users"), option("add_user"), password);
    } else {
        serve();
    }
} catch (const options::Error& error) {
    std::fprintf(stderr, "login: %s\n", error.what());
    return 2;
} catch (const std::exception& error) {
    std::fprintf(stderr, "login: %s\n", error.what());
    return 1;
}
