#include "public_suffix.hpp"

#include <algorithm>
#include <array>

namespace tornado::httpclient {

namespace {

/// What countries call the parts of their domain that are for everybody.
constexpr std::array<std::string_view, 22> second_levels{
    "ac",  "asso", "co",  "com", "edu", "ed",  "gob", "gouv", "gov", "go",  "id",
    "ltd", "me",   "mil", "ne",  "net", "nom", "or",  "org",  "plc", "sch", "web"};

constexpr std::array<std::string_view, 24> services{
    "amazonaws.com",  "appspot.com", "azurewebsites.net", "blogspot.com",    "cloudapp.net",
    "cloudfront.net", "co.com",      "deno.dev",          "firebaseapp.com", "fly.dev",
    "github.io",      "gitlab.io",   "herokuapp.com",     "netlify.app",     "ngrok.io",
    "onrender.com",   "pages.dev",   "readthedocs.io",    "repl.co",         "s3.amazonaws.com",
    "surge.sh",       "vercel.app",  "web.app",           "workers.dev"};

}  // namespace

bool is_well_known_suffix(std::string_view domain) noexcept {
    const auto dot = domain.find('.');
    if (dot == domain.npos) {
        return true;
    }
    const auto first = domain.substr(0, dot);
    const auto rest = domain.substr(dot + 1);
    const bool is_countrys =
        rest.size() == 2 &&
        std::find(second_levels.begin(), second_levels.end(), first) != second_levels.end();
    return is_countrys || std::find(services.begin(), services.end(), domain) != services.end();
}

}  // namespace tornado::httpclient
