// Any bytes as the name of a database: what is read is shown, and read again, as the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "database_url.hpp"
#include "support.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace database = tornado::database;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto url = database::parse_database_url(text);
    if (url.has_error()) {
        require(!url.error().message().empty(), "an error has a sentence");
        return 0;
    }
    require(url->user.find('\0') == std::string::npos, "no part has NUL");
    require(url->database.find('\0') == std::string::npos, "no part has NUL");
    const auto again = database::parse_database_url(url->to_string());
    require(again.has_value(), "what is shown can be read");
    require(again->scheme == url->scheme, "a part stays the same");
    require(again->database == url->database, "a part stays the same");
    require(again->user == url->user, "a part stays the same");
    require(again->host == url->host, "a part stays the same");
    require(again->port == url->port, "a part stays the same");
    return 0;
}
