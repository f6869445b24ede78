// Hello over https, with a certificate of its own making if it has none; http leads there. SIGHUP
// makes it read the certificate again.
#include <tornado/ioloop.hpp>
#include <tornado/log.hpp>
#include <tornado/netutil.hpp>
#include <tornado/options.hpp>
#include <tornado/web.hpp>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "self_signed.hpp"

namespace ioloop = tornado::ioloop;
namespace netutil = tornado::netutil;
namespace options = tornado::options;
namespace web = tornado::web;

struct MainHandler : web::RequestHandler {
    void get() {
        const auto client = request().get_ssl_certificate();
        write("Hello, " + (client ? client->subject_field("commonName") : "secure world"));
    }
};

/// Sends whoever asks without TLS to the same page with it.
struct RedirectHandler : web::RequestHandler {
    explicit RedirectHandler(int port) : port_{port} {}
    void get() {
        // Not the request's URI: that may name a scheme and a host of its own.
        auto url = "https://" + request().host_name() + ':' + std::to_string(port_) +
                   std::string{request().path()};
        if (!request().query().empty()) {
            url.append("?").append(request().query());
        }
        redirect(url);
    }
    int port_;
};

/// What cannot be read leaves all as it was.
void read_again(netutil::SSLContext& context) {
    try {
        context.reload();
        tornado::log::app_log().info("the certificate has been read again");
    } catch (const std::invalid_argument& error) {
        tornado::log::app_log().error("the certificate stays as it was: ", error.what());
    }
}

/// Further certificates from `NAME=FILE` each, where the file holds the key as well.
std::map<std::string, netutil::SSLCertificateFiles> by_name(const std::vector<std::string>& pairs) {
    std::map<std::string, netutil::SSLCertificateFiles> certificates;
    for (const auto& pair : pairs) {
        const auto equals = pair.find('=');
        if (equals == 0 || equals == std::string::npos) {
            throw options::Error{"--sni takes NAME=FILE, which " + pair + " is not"};
        }
        certificates[pair.substr(0, equals)] = {.certfile = pair.substr(equals + 1)};
    }
    return certificates;
}

int main(int argc, char** argv) try {
    options::define("address", "127.0.0.1", "listen on this address; empty for all");
    options::define("ca_certs", "", "greet clients by name whose certificates these have issued");
    options::define("certfile", "securehello.crt", "certificate in PEM; made if it is not there");
    options::define("host", "localhost", "the name for which a certificate is made");
    options::define<std::uint16_t>("http_port", 8080, "lead from this port to https");
    options::define("keyfile", "securehello.key", "the certificate's key in PEM");
    options::define<std::uint16_t>("port", 8443, "run on the given port");
    options::define(
        "sni",
        std::vector<std::string>{},
        "NAME=FILE,...: certificates, each with its key, for clients that ask for these names"
    );
    options::refuse_rest(options::parse_command_line(argc, argv));

    const auto address = options::get<std::string>("address");
    const auto certfile = options::get<std::string>("certfile");
    const auto keyfile = options::get<std::string>("keyfile");
    if (!std::filesystem::exists(certfile) && !std::filesystem::exists(keyfile)) {
        make_self_signed_certificate(options::get<std::string>("host"), certfile, keyfile);
    }

    const auto authorities = options::get<std::string>("ca_certs");
    web::Application secure{{web::url<MainHandler>("/")}};
    const auto& server = secure.listen(
        options::get<std::uint16_t>("port"),
        {.address = address,
         .ssl_options =
             {.ca_certs = authorities,
              .cert_reqs =
                  authorities.empty() ? netutil::CertReqs::none : netutil::CertReqs::optional,
              .certfile = certfile,
              .keyfile = keyfile,
              .sni = by_name(options::get<std::vector<std::string>>("sni"))}}
    );
    web::Application plain{{web::url<RedirectHandler>("/.*", static_cast<int>(server.port()))}};
    const auto& redirecting =
        plain.listen(options::get<std::uint16_t>("http_port"), {.address = address});
    auto context = server.ssl_context();
    const ioloop::SignalHandler on_hangup{SIGHUP, [&] { read_again(context); }};
    secure.drain_on_signal({}, {&plain});

    std::printf("Listening on %s\n", server.url().c_str());
    std::printf("Redirecting from %s\n", redirecting.url().c_str());
    std::fflush(stdout);
    ioloop::IOLoop::current().start();
} catch (const options::Error& error) {
    std::fprintf(stderr, "securehello: %s\n", error.what());
    return 2;
} catch (const std::exception& error) {
    std::fprintf(stderr, "securehello: %s\n", error.what());
    return 1;
}
