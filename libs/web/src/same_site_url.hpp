#pragma once

#include <string>

namespace tornado::web {

/// Keeps a path from leading elsewhere: "//name" would be another host (RFC 3986, 4.2), and so,
/// for browsers, would "/\name".
inline void keep_on_this_host(std::string& path) {
    if (path.starts_with("//") || path.starts_with("/\\")) {
        path.insert(0, "/.");
    }
}

}  // namespace tornado::web
