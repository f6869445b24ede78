#include "local_provider.hpp"

#include <tornado/iostream.hpp>
#include <tornado/util/base64.hpp>
#include <tornado/util/secure_random.hpp>

#include <chrono>
#include <stdexcept>
#include <string_view>
#include <tornado/gen.hpp>

namespace login {

namespace auth = tornado::auth;
using tornado::Future;
using tornado::process::Subprocess;

namespace {

constexpr auto* client_id = "login";

tornado::process::SubprocessOptions in_folder(const std::string& folder) {
    tornado::process::SubprocessOptions options;
    options.cwd = folder;
    options.new_process_group = true;  // Ctrl-C is for us: it goes when we do
    options.stdin_ = Subprocess::STREAM;
    options.stdout_ = Subprocess::STREAM;
    options.stderr_ = Subprocess::DEVNULL;  // it warns that it is for development
    return options;
}

}  // namespace

LocalProvider::LocalProvider(const std::string& folder, const std::string& url)
    : secret_{tornado::util::base64(tornado::util::secure_random_bytes(24))},
      node_{{"node", "provider.mjs", url, client_id}, in_folder(folder)} {}

Future<std::unique_ptr<Provider>> LocalProvider::ready() {
    constexpr std::string_view words = "Listening on ";
    std::string line;
    try {
        co_await node_.stdin().write(secret_ + "\n");
        auto read = node_.stdout().read_until("\n");
        constexpr std::chrono::seconds patience{60};
        line = co_await tornado::gen::with_timeout(patience, std::move(read));
    } catch (const std::exception&) {
        line.clear();
    }
    if (!line.starts_with(words)) {
        throw std::runtime_error{
            "the local provider does not start: `./dev run login` installs what it needs"};
    }
    auth::OpenIDConnectOptions options;
    options.client_id = client_id;
    options.client_secret = secret_;
    options.issuer = line.substr(words.size(), line.size() - words.size() - 1);
    co_return openid_provider("local", "the local provider", std::move(options));
}

}  // namespace login
