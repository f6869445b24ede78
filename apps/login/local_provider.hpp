#pragma once

#include <tornado/process.hpp>

#include <memory>
#include <string>

#include "provider.hpp"

namespace login {

/// The OpenID provider of provider/provider.mjs, run by node as long as this lives: for
/// development, where nobody has to register anywhere first. It lets anybody in.
class LocalProvider {
public:
    /// Starts what is in `folder`, for the site at `url`.
    LocalProvider(const std::string& folder, const std::string& url);
    /// The provider, once it listens. Throws std::runtime_error when it does not come to that.
    [[nodiscard]] tornado::Future<std::unique_ptr<Provider>> ready();

private:
    std::string secret_;
    tornado::process::Subprocess node_;  // ends when our end of its standard input is closed
};

}  // namespace login
