#pragma once

#include <tornado/concurrent/future.hpp>
#include <tornado/locks.hpp>

#include <cstddef>
#include <string>

namespace blog {

/// A password as it is kept: "scrypt$16384$8$1$<salt>$<hash>", in hexadecimal digits. Takes some
/// 50 ms and 16 MB.
[[nodiscard]] std::string hash_password(const std::string& password);

/// Whether it is the password that was hashed. Takes as long, and as long for a hash that is none.
[[nodiscard]] bool check_password(const std::string& password, const std::string& hash);

/// What changes with each new password, and tells nothing about it: for cookies.
[[nodiscard]] std::string mark_of(const std::string& hash);

/// Hashes and checks on an executor, for two at a time: strangers may ask for it as often as they
/// like, and must not take all threads and memory.
///
/// Errors: web::HTTPError 503 when too many wait already.
class PasswordDesk {
public:
    /// As hash_password().
    [[nodiscard]] tornado::Future<std::string> hash(std::string password);
    /// As check_password().
    [[nodiscard]] tornado::Future<bool> check(std::string password, std::string hash);

private:
    [[nodiscard]] tornado::Future<tornado::locks::Guard> turn();

    tornado::locks::Semaphore turns_{2};
};

}  // namespace blog
