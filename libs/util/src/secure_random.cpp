#include "tornado/util/secure_random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace tornado::util {

void fill_secure_random(std::span<std::byte> bytes) {
    while (!bytes.empty()) {
        const auto count = ::getrandom(bytes.data(), bytes.size(), 0);
        if (count < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw std::system_error{errno, std::generic_category(), "getrandom"};
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
}

std::string secure_random_bytes(std::size_t size) {
    std::string bytes(size, '\0');
    fill_secure_random(std::as_writable_bytes(std::span{bytes}));
    return bytes;
}

}  // namespace tornado::util
