#include "password.hpp"

#include <tornado/ioloop.hpp>
#include <tornado/util/secure_random.hpp>
#include <tornado/web.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstddef>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace blog {

namespace {

// As OWASP and OpenSSL's manual have it for logins: scrypt (RFC 7914) with 16 MB.
constexpr std::uint64_t cost = 16'384;
constexpr std::uint64_t block_size = 8;
constexpr std::uint64_t parallel = 1;
constexpr std::uint64_t most_memory = 64 * 1024 * 1024;
constexpr std::size_t salt_size = 16;
constexpr std::size_t hash_size = 32;
constexpr std::size_t salt_digits = 2 * salt_size;
constexpr std::size_t hash_digits = 2 * hash_size;
constexpr std::size_t longest_queue = 20;
constexpr std::string_view head = "scrypt$16384$8$1$";

std::string hex(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes) {
        text += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4U];
        text += "0123456789abcdef"[static_cast<unsigned char>(byte) & 15U];
    }
    return text;
}

std::string derive(const std::string& password, std::string_view salt) {
    std::string hash(hash_size, '\0');
    const int done = EVP_PBE_scrypt(
        password.data(),
        password.size(),
        reinterpret_cast<const unsigned char*>(salt.data()),
        salt.size(),
        cost,
        block_size,
        parallel,
        most_memory,
        reinterpret_cast<unsigned char*>(hash.data()),
        hash.size()
    );
    if (done != 1) {
        throw std::runtime_error{"scrypt failed"};
    }
    return hex(hash);
}

}  // namespace

std::string hash_password(const std::string& password) {
    const auto salt = hex(tornado::util::secure_random_bytes(salt_size));
    return std::string{head} + salt + "$" + derive(password, salt);
}

bool check_password(const std::string& password, const std::string& hash) {
    const bool is_hash =
        hash.size() == head.size() + salt_digits + 1 + hash_digits && hash.starts_with(head);
    const auto salt = is_hash ? hash.substr(head.size(), salt_digits) : "nobody's";
    const auto expected =
        is_hash ? hash.substr(head.size() + salt_digits + 1) : std::string(hash_digits, '-');
    const auto derived = derive(password, salt);
    return CRYPTO_memcmp(derived.data(), expected.data(), hash_digits) == 0;
}

std::string mark_of(const std::string& hash) {
    return hash.size() > head.size() ? hash.substr(head.size(), salt_digits) : std::string{};
}

tornado::Future<tornado::locks::Guard> PasswordDesk::turn() {
    if (turns_.waiters() >= longest_queue) {
        throw tornado::web::HTTPError{503, "too many passwords are waiting to be checked"};
    }
    return turns_.acquire();
}

tornado::Future<std::string> PasswordDesk::hash(std::string password) {
    const auto guard = co_await turn();
    co_return co_await tornado::ioloop::IOLoop::current().run_in_executor(
        hash_password, std::move(password)
    );
}

tornado::Future<bool> PasswordDesk::check(std::string password, std::string hash) {
    const auto guard = co_await turn();
    co_return co_await tornado::ioloop::IOLoop::current().run_in_executor(
        check_password, std::move(password), std::move(hash)
    );
}

}  // namespace blog
