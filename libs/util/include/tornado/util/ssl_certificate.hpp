#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace tornado::netutil {

/// What a certificate says. Mirrors the dict of `ssl.SSLSocket.getpeercert`.
struct SSLCertificate {
    using Names = std::vector<std::pair<std::string, std::string>>;

    Names subject = {};  ///< in their order, such as {"commonName", "example.com"}
    Names issuer = {};   ///< likewise
    Names subject_alt_names =
        {};  ///< {"DNS", name}, {"IP Address", address}, {"email", …}, {"URI", …}
    std::chrono::system_clock::time_point not_before = {};
    std::chrono::system_clock::time_point not_after = {};
    std::string serial_number = {};  ///< hexadecimal
    std::string der = {};            ///< all of it, as it was sent: what `binary_form` gives

    /// The first value of the subject's field `name`, or an empty string.
    [[nodiscard]] std::string subject_field(const std::string& name) const {
        for (const auto& [field, value] : subject) {
            if (field == name) {
                return value;
            }
        }
        return {};
    }
};

}  // namespace tornado::netutil
