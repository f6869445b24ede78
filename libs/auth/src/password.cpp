#include "tornado/auth/password.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <charconv>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base64url.hpp"
#include "crypto.hpp"
#include "tornado/ioloop.hpp"
#include "tornado/util/base64.hpp"
#include "tornado/util/secure_random.hpp"
#include "tornado/web/http_error.hpp"

namespace tornado::auth {

namespace {

constexpr std::size_t salt_size = 16;
constexpr std::size_t hash_size = 32;
constexpr std::uint64_t most_memory = 256ULL * 1024 * 1024;

std::uint64_t memory_of(ScryptCost cost) noexcept {
    return 128ULL * cost.r << cost.log_n;
}

bool is_bearable(ScryptCost cost) noexcept {
    return cost.log_n >= 1 && cost.log_n <= 20 && cost.r >= 1 && cost.r <= 32 && cost.p >= 1 &&
           cost.p <= 16 && memory_of(cost) <= most_memory &&
           cost.log_n < 16 * cost.r;  // RFC 7914, 2
}

struct Hash {
    ScryptCost cost;
    std::string salt;
    std::string hash;
};

std::string derive(const std::string& password, std::string_view salt, ScryptCost cost) {
    std::string hash(hash_size, '\0');
    const int done = EVP_PBE_scrypt(
        password.data(),
        password.size(),
        reinterpret_cast<const unsigned char*>(salt.data()),
        salt.size(),
        1ULL << cost.log_n,
        cost.r,
        cost.p,
        2 * most_memory,
        reinterpret_cast<unsigned char*>(hash.data()),
        hash.size()
    );
    if (done != 1) {
        ERR_clear_error();
        throw std::runtime_error{"scrypt failed"};
    }
    return hash;
}

/// base64 without padding, as the form has it.
std::string text_of(std::string_view bytes) {
    auto text = util::base64(bytes);
    text.resize(text.find_last_not_of('=') + 1);
    return text;
}

/// Takes `name` and a number from the front of `text`.
bool take_number(std::string_view& text, std::string_view name, unsigned& number) {
    if (!text.starts_with(name)) {
        return false;
    }
    text.remove_prefix(name.size());
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto digits = static_cast<std::size_t>(end - text.data());
    const bool is_plain = error == std::errc{} && (text.front() != '0' || digits == 1);
    text.remove_prefix(is_plain ? digits : 0);
    return is_plain;
}

std::optional<Hash> parse_hash(std::string_view text) {
    Hash parsed;
    if (!take_number(text, "$scrypt$ln=", parsed.cost.log_n) ||
        !take_number(text, ",r=", parsed.cost.r) || !take_number(text, ",p=", parsed.cost.p) ||
        !text.starts_with('$') || !is_bearable(parsed.cost)) {
        return std::nullopt;
    }
    text.remove_prefix(1);
    const auto dollar = text.find('$');
    const auto salt = from_base64(text.substr(0, dollar));
    const auto hash = dollar == text.npos ? std::nullopt : from_base64(text.substr(dollar + 1));
    constexpr std::size_t longest_salt = 64;
    if (!salt || salt->empty() || salt->size() > longest_salt || !hash ||
        hash->size() != hash_size) {
        return std::nullopt;
    }
    parsed.salt = *salt;
    parsed.hash = *hash;
    return parsed;
}

}  // namespace

std::string hash_password(const std::string& password, ScryptCost cost) {
    if (!is_bearable(cost)) {
        throw std::invalid_argument{"the cost is too high, or nothing at all: see hash_password()"};
    }
    const auto salt = util::secure_random_bytes(salt_size);
    return "$scrypt$ln=" + std::to_string(cost.log_n) + ",r=" + std::to_string(cost.r) +
           ",p=" + std::to_string(cost.p) + "$" + text_of(salt) + "$" +
           text_of(derive(password, salt, cost));
}

std::string hash_password(const std::string& password) {
    return hash_password(password, ScryptCost{});
}

bool verify_password(const std::string& password, const std::string& hash) {
    return verify_password(password, hash, ScryptCost{});
}

bool verify_password(const std::string& password, const std::string& hash, ScryptCost usual) {
    const auto parsed = parse_hash(hash);
    if (!parsed) {
        static_cast<void>(derive(password, "nobody's", usual));
        return false;
    }
    return equal_in_constant_time(derive(password, parsed->salt, parsed->cost), parsed->hash);
}

bool is_password_hash(std::string_view text) {
    return parse_hash(text).has_value();
}

bool needs_rehash(std::string_view hash, ScryptCost cost) {
    const auto parsed = parse_hash(hash);
    return !parsed || parsed->cost != cost;
}

bool needs_rehash(std::string_view hash) {
    return needs_rehash(hash, ScryptCost{});
}

PasswordHasher::PasswordHasher(ScryptCost cost, std::ptrdiff_t at_a_time, std::size_t longest_queue)
    : cost_{cost},
      longest_queue_{longest_queue},
      turns_{at_a_time} {
    if (!is_bearable(cost)) {
        throw std::invalid_argument{"the cost is too high, or nothing at all: see hash_password()"};
    }
    if (at_a_time < 1) {
        throw std::invalid_argument{"no password would ever be checked: at_a_time is at least 1"};
    }
}

Future<locks::Guard> PasswordHasher::turn() {
    if (turns_.value() == 0 && turns_.waiters() >= longest_queue_) {
        throw web::HTTPError{503, "too many passwords are waiting to be checked"};
    }
    return turns_.acquire();
}

namespace {

/// What the executor computes, and the turn that it takes until then: a thread does not stop for
/// one who goes away.
template <typename T>
Future<T> until_computed(locks::Guard its, Future<T> computing) {
    const auto guard = std::move(its);
    co_return co_await std::move(computing);
}

/// The same for one who may go away: it is computed to its end all the same.
template <typename T>
Future<T> in_turn(locks::Guard guard, Future<T> computing) {
    auto result = until_computed(std::move(guard), std::move(computing));
    result.add_done_callback([] {});  // somebody else who waits: see Future::cancel()
    return result;
}

}  // namespace

Future<std::string> PasswordHasher::hash(std::string password) {
    auto guard = co_await turn();
    const auto work = [](const std::string& text, ScryptCost cost) {
        return hash_password(text, cost);
    };
    auto computing = ioloop::IOLoop::current().run_in_executor(work, std::move(password), cost_);
    auto result = in_turn(std::move(guard), std::move(computing));
    co_return co_await std::move(result);
}

Future<bool> PasswordHasher::verify(std::string password, std::string hash) {
    auto guard = co_await turn();
    const auto work = [](const std::string& text, const std::string& its, ScryptCost cost) {
        return verify_password(text, its, cost);
    };
    auto computing = ioloop::IOLoop::current().run_in_executor(
        work, std::move(password), std::move(hash), cost_
    );
    auto result = in_turn(std::move(guard), std::move(computing));
    co_return co_await std::move(result);
}

bool PasswordHasher::needs_rehash(std::string_view hash) const {
    return auth::needs_rehash(hash, cost_);
}

}  // namespace tornado::auth
