#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tornado/concurrent/future.hpp"
#include "tornado/locks.hpp"

namespace tornado::auth {

/// What a hash costs (RFC 7914). Memory is 128 · 2^log_n · r bytes: 32 MiB.
struct ScryptCost {
    unsigned log_n = 15;
    unsigned p = 3;
    unsigned r = 8;
    bool operator==(const ScryptCost&) const = default;
};

/// A password as it is kept: "$scrypt$ln=15,r=8,p=3$<salt>$<hash>", in the form of the Password
/// Hashing Competition. Takes a fifth of a second and 32 MiB: PasswordHasher does it elsewhere.
/// Throws std::invalid_argument for a cost beyond log_n 20, r 32, p 16 or 256 MiB, and for a log_n
/// of 16 r or more, which scrypt does not have.
[[nodiscard]] std::string hash_password(const std::string& password, ScryptCost cost);
[[nodiscard]] std::string hash_password(const std::string& password);

/// Whether `hash` is that of `password`: compared in constant time. One that is malformed, or
/// dearer than hash_password() allows, is nobody's, and takes as long as one of the usual cost: so
/// a login that gives an empty one for a name that is not known does not tell who is. (A hash of
/// another cost takes another time, until it is made anew: see needs_rehash().)
[[nodiscard]] bool verify_password(const std::string& password, const std::string& hash);
/// The same, where the usual cost is another.
[[nodiscard]] bool
verify_password(const std::string& password, const std::string& hash, ScryptCost usual);

/// Whether a text is a hash as hash_password() makes them, of whatever cost.
[[nodiscard]] bool is_password_hash(std::string_view text);

/// Whether a hash was made at another cost, or is none: hash the password anew when it is next
/// known.
[[nodiscard]] bool needs_rehash(std::string_view hash, ScryptCost cost);
[[nodiscard]] bool needs_rehash(std::string_view hash);

/// Hashes and verifies passwords on the loop's executor, a few at a time: strangers may ask for it
/// as often as they like, and must not take all threads and memory.
///
/// Thread safety: one loop, one thread. Errors: web::HTTPError 503 when too many wait already.
/// Cancellation: what is being computed is computed to its end, for nobody, and in its turn.
///
///     if (co_await passwords.verify(get_body_argument("password"), user.hash)) …
class PasswordHasher {
public:
    /// At most so many at a time, while at most so many wait. Throws std::invalid_argument for a
    /// cost that hash_password() does not take, or none at a time.
    explicit PasswordHasher(
        ScryptCost cost = ScryptCost{},
        std::ptrdiff_t at_a_time = 2,
        std::size_t longest_queue = 20
    );

    /// As hash_password().
    [[nodiscard]] Future<std::string> hash(std::string password);
    /// As verify_password().
    [[nodiscard]] Future<bool> verify(std::string password, std::string hash);
    /// As needs_rehash(), of this cost.
    [[nodiscard]] bool needs_rehash(std::string_view hash) const;

private:
    [[nodiscard]] Future<locks::Guard> turn();

    ScryptCost cost_;
    std::size_t longest_queue_;
    locks::Semaphore turns_;
};

}  // namespace tornado::auth
