#pragma once

#include <string>
#include <string_view>

namespace blog {

/// A password as it is kept: "scrypt$16384$8$1$<salt>$<hash>", in hexadecimal digits. Takes some
/// 50 ms and 16 MB: call it on an executor.
[[nodiscard]] std::string hash_password(const std::string& password);

/// Whether it is the password that was hashed. Takes as long, and as long for a hash that is none.
[[nodiscard]] bool check_password(const std::string& password, const std::string& hash);

}  // namespace blog
