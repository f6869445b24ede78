#include <tornado/iostream/ssl_options.hpp>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "failing_calls.hpp"
#include "ssl_support.hpp"

namespace {

using ssl_test::authority;
using ssl_test::client_context;
using ssl_test::server_context;
using tornado::netutil::CertReqs;
using tornado::netutil::ssl_options_to_context;
using tornado::netutil::SSLContext;
using tornado::netutil::SSLOptions;
using tornado::netutil::SSLSide;
using tornado::netutil::TLSVersion;

/// What is said about options; empty when they are good.
std::string complaint(const SSLOptions& options, SSLSide side = SSLSide::server) {
    try {
        static_cast<void>(ssl_options_to_context(options, side));
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return {};
}

bool says(const std::string& text, const std::string& part) {
    if (text.find(part) == text.npos) {
        BOOST_TEST_MESSAGE("it says: " << text);
        return false;
    }
    return true;
}

struct Fixture : ssl_test::SSLFixture {
    Fixture() : SSLFixture{false} {}

    /// The name in the certificate that a client is shown which asks for `name`.
    std::string shown(const SSLContext& context, const std::string& name) {
        start(context, client_context({.check_hostname = false}), name);
        shake_hands();
        return client.tls()->peer_certificate().value().subject_field("commonName");
    }
    /// Connects, reads a byte (with which a client of TLS 1.3 gets its session), and tells whether
    /// the session was an old one.
    bool resumes(const SSLContext& servers, const SSLContext& clients) {
        if (!listener_) {
            listener_ = listener_on_loopback();
        }
        client =
            tornado::iostream::SSLIOStream{connect_to(port_of(listener_)), clients, "localhost"};
        server = tornado::iostream::SSLIOStream{
            tornado::netutil::Socket{::accept4(listener_.fileno(), nullptr, nullptr, SOCK_CLOEXEC)},
            servers};
        shake_hands();
        server.write("a");
        wait(client.read_bytes(1));
        const bool reused = client.tls()->session_reused();
        BOOST_TEST(server.tls()->session_reused() == reused);
        client.close();
        wait(server.read_until_close());
        server.close();
        return reused;
    }

private:
    tornado::netutil::Socket listener_;
};

BOOST_FIXTURE_TEST_SUITE(ssl_options, Fixture)

// Checked when given

BOOST_AUTO_TEST_CASE(a_server_needs_a_certificate) {
    BOOST_TEST(says(complaint({}), "certfile is missing"));
    BOOST_TEST(complaint({}, SSLSide::client) == "");
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_named) {
    BOOST_TEST(says(complaint({.certfile = "/no/such.crt"}), "certfile \"/no/such.crt\""));
    BOOST_TEST(says(complaint({.certfile = "/no/such.crt"}), "No such file"));
    const auto& good = authority().server;
    BOOST_TEST(says(
        complaint({.certfile = good.certfile, .keyfile = "/no/such.key"}),
        "keyfile \"/no/such.key\" cannot be read"
    ));
    BOOST_TEST(
        says(complaint({.ca_certs = "/no/ca.crt"}, SSLSide::client), "ca_certs \"/no/ca.crt\"")
    );
    BOOST_TEST(says(
        complaint(
            {.certfile = good.certfile, .keyfile = good.keyfile, .sni = {{"a.b", {"/no/a.crt"}}}}
        ),
        "the certfile of \"a.b\" \"/no/a.crt\""
    ));
}

BOOST_AUTO_TEST_CASE(a_folder_in_place_of_a_file_is_named) {
    BOOST_TEST(says(complaint({.certfile = "/etc"}), "certfile \"/etc\" cannot be read"));
    BOOST_TEST(says(complaint({.certfile = "/etc"}), "directory"));
    BOOST_TEST(
        says(complaint({.ca_certs = "/etc"}, SSLSide::client), "ca_certs \"/etc\" cannot be read")
    );
}

BOOST_AUTO_TEST_CASE(files_that_hold_something_else_are_named) {
    const auto& good = authority().server;
    const auto rubbish = authority().folder.file("rubbish");
    std::ofstream{rubbish} << "rubbish\n";
    BOOST_TEST(says(complaint({.certfile = rubbish}), "holds no usable certificate"));
    BOOST_TEST(says(complaint({.certfile = good.certfile}), "holds no usable key"));
    BOOST_TEST(
        says(complaint({.certfile = good.certfile, .keyfile = rubbish}), "holds no usable key")
    );
    BOOST_TEST(
        says(complaint({.ca_certs = rubbish}, SSLSide::client), "holds no certificate in PEM")
    );
}

BOOST_AUTO_TEST_CASE(a_key_of_another_certificate_is_refused) {
    const auto other = authority().make({});
    BOOST_TEST(says(
        complaint({.certfile = authority().server.certfile, .keyfile = other.keyfile}),
        "does not belong to the certificate"
    ));
}

BOOST_AUTO_TEST_CASE(settings_that_make_no_sense_are_refused) {
    const auto& good = authority().server;
    const SSLOptions sound{.certfile = good.certfile, .keyfile = good.keyfile};
    auto options = sound;
    options.ciphers = "NO-SUCH-CIPHER";
    BOOST_TEST(says(complaint(options), "NO-SUCH-CIPHER"));
    options = sound;
    options.max_version = TLSVersion::v1_2;
    options.min_version = TLSVersion::v1_3;
    BOOST_TEST(says(complaint(options), "min_version is above max_version"));
    options = sound;
    options.alpn = {""};
    BOOST_TEST(says(complaint(options), "alpn"));
    options = sound;
    options.cert_reqs = CertReqs::required;
    BOOST_TEST(says(complaint(options), "ca_certs is missing"));
    BOOST_TEST(complaint(sound) == "");
}

BOOST_AUTO_TEST_CASE(the_key_may_stand_in_the_certificates_file) {
    const auto identity = authority().make({.name = "both"});
    const auto both = authority().folder.file("both.pem");
    std::ofstream{both} << std::ifstream{identity.certfile}.rdbuf()
                        << std::ifstream{identity.keyfile}.rdbuf();
    BOOST_TEST(shown(server_context({.certfile = both}), "localhost") == "both");
}

BOOST_AUTO_TEST_CASE(encrypted_keys_need_their_password) {
    const auto identity = authority().make({});
    const auto path = authority().folder.file("encrypted.key");
    auto* const file = std::fopen(path.c_str(), "w");
    std::string password = "secret";
    ::PEM_write_PrivateKey(
        file,
        identity.key.get(),
        ::EVP_aes_256_cbc(),
        reinterpret_cast<unsigned char*>(password.data()),
        static_cast<int>(password.size()),
        nullptr,
        nullptr
    );
    std::fclose(file);
    SSLOptions options{.certfile = identity.certfile, .key_password = "secret", .keyfile = path};
    BOOST_TEST(complaint(options) == "");
    options.key_password = "guess";
    BOOST_TEST(says(complaint(options), "key_password is not its password"));
    options.key_password = "";
    BOOST_TEST(says(complaint(options), "key_password"));
}

// Certificates by name

BOOST_AUTO_TEST_CASE(the_name_that_a_client_asks_for_chooses_the_certificate) {
    const auto one = authority().make({.name = "one"});
    const auto many = authority().make({.name = "many"});
    const auto context = server_context(
        {.sni =
             {{"One.example.com", {one.certfile, one.keyfile}},
              {"*.example.com", {many.certfile, many.keyfile}}}}
    );
    BOOST_TEST(shown(context, "one.example.com") == "one");
    BOOST_TEST(shown(context, "ONE.EXAMPLE.COM") == "one");
    BOOST_TEST(shown(context, "two.example.com") == "many");
    BOOST_TEST(shown(context, "a.b.example.com") == "localhost");
    BOOST_TEST(shown(context, "example.com") == "localhost");
    BOOST_TEST(shown(context, "127.0.0.1") == "localhost");
    BOOST_TEST(shown(context, "") == "localhost");
}

// Reading again

BOOST_AUTO_TEST_CASE(what_is_read_again_serves_new_connections) {
    auto identity = authority().make({.name = "before"});
    auto context = server_context({.certfile = identity.certfile, .keyfile = identity.keyfile});
    BOOST_TEST(shown(context, "localhost") == "before");
    auto old_server = std::move(server);
    auto old_client = std::move(client);

    auto renewed = authority().make({.name = "after"});
    renewed.certfile = identity.certfile;
    renewed.keyfile = identity.keyfile;
    ssl_test::Authority::write(renewed);
    BOOST_TEST(shown(context, "localhost") == "before");
    context.reload();
    BOOST_TEST(shown(context, "localhost") == "after");
    wait(old_client.write("a"));
    BOOST_TEST(wait(old_server.read_bytes(1)) == "a");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_again_leaves_all_as_it_was) {
    const auto identity = authority().make({.name = "before"});
    auto context = server_context({.certfile = identity.certfile, .keyfile = identity.keyfile});
    std::filesystem::remove(identity.keyfile);
    BOOST_CHECK_THROW(context.reload(), std::invalid_argument);
    BOOST_TEST(shown(context, "localhost") == "before");
}

// Sessions

BOOST_AUTO_TEST_CASE(sessions_are_resumed) {
    for (const auto version : {TLSVersion::v1_2, TLSVersion::v1_3}) {
        for (const bool tickets : {true, false}) {
            const auto servers = server_context({.session_tickets = tickets});
            const auto clients = client_context({.max_version = version});
            BOOST_TEST(!resumes(servers, clients));
            BOOST_TEST(resumes(servers, clients));
            BOOST_TEST(resumes(servers, clients));
        }
    }
}

BOOST_AUTO_TEST_CASE(sessions_outlive_the_reading_again_of_the_servers_files) {
    auto servers = server_context();
    const auto clients = client_context();
    BOOST_TEST(!resumes(servers, clients));
    servers.reload();
    BOOST_TEST(resumes(servers, clients));
}

BOOST_AUTO_TEST_CASE(a_client_that_reads_its_files_again_forgets_its_sessions) {
    const auto servers = server_context();
    auto clients = client_context();
    BOOST_TEST(!resumes(servers, clients));
    clients.reload();
    BOOST_TEST(!resumes(servers, clients));
}

BOOST_AUTO_TEST_CASE(a_session_of_the_old_trust_is_not_resumed_under_the_new_one) {
    const auto ca = authority().folder.file("trusted.crt");
    const auto trust = [&](const ssl_test::Identity& identity) {
        std::filesystem::copy_file(
            identity.certfile, ca, std::filesystem::copy_options::overwrite_existing
        );
    };
    trust(authority().ca);
    auto clients = client_context({.ca_certs = ca});
    const auto servers = server_context();
    const auto listener = listener_on_loopback();
    const auto connect = [&] {
        client =
            tornado::iostream::SSLIOStream{connect_to(port_of(listener)), clients, "localhost"};
        server = tornado::iostream::SSLIOStream{
            tornado::netutil::Socket{::accept4(listener.fileno(), nullptr, nullptr, SOCK_CLOEXEC)},
            servers};
    };
    connect();
    shake_hands();
    wait(server.write("a"));
    trust(authority().make({.name = "Other", .is_authority = true}, nullptr));
    clients.reload();
    wait(client.read_bytes(1));  // its session comes with it
    client.close();
    connect();
    BOOST_TEST((errors_of_handshake().second == tornado::iostream::SSLErrc::certificate_unknown_ca)
    );
}

BOOST_AUTO_TEST_CASE(without_cache_or_tickets_nothing_is_resumed) {
    const auto clients = client_context();
    const auto servers = server_context({.session_cache_size = 0, .session_tickets = false});
    BOOST_TEST(!resumes(servers, clients));
    BOOST_TEST(!resumes(servers, clients));
    const auto forgetful = client_context({.session_cache_size = 0});
    const auto others = server_context();
    BOOST_TEST(!resumes(others, forgetful));
    BOOST_TEST(!resumes(others, forgetful));
}

// A context without them would be kept, and trust nobody once there are descriptors again.
BOOST_AUTO_TEST_CASE(authorities_that_cannot_be_opened_just_now_are_no_empty_list) {
    open_error = EMFILE;
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(ssl_options_to_context({}, SSLSide::client)),
        std::system_error,
        [](const std::system_error& error) {
            return error.code() == std::errc::too_many_files_open;
        }
    );
    open_error = ENOENT;  // most systems have a folder of them instead
    BOOST_CHECK_NO_THROW(static_cast<void>(ssl_options_to_context({}, SSLSide::client)));
    open_error = 0;
    BOOST_CHECK_NO_THROW(static_cast<void>(ssl_options_to_context({}, SSLSide::client)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
