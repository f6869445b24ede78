#include "tornado/httputil/credentials.hpp"

#include "nfc.hpp"

namespace tornado::httputil {

std::string encode_username_password(std::string_view username, std::string_view password) {
    return to_nfc(username) + ":" + to_nfc(password);
}

}  // namespace tornado::httputil
