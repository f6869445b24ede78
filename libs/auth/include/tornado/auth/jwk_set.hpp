#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "tornado/util/result.hpp"

namespace tornado::auth {

class JWK;

/// The public keys of who signs tokens: a JSON Web Key Set (RFC 7517).
///
/// Keys that no signature can be verified with are left out: those of other kinds than RSA, EC and
/// Ed25519, secret ones (`oct`), those for encryption, RSA keys of less than 2048 or more than 8192
/// bits, and malformed ones.
///
/// Ownership: a value whose copies share the keys. Thread safety: may be read by many threads.
class JWKSet {
public:
    /// Fails with Errc::answer_malformed for what is no JSON object with an array `keys`.
    [[nodiscard]] static Result<JWKSet> parse(std::string_view json);

    [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }
    [[nodiscard]] bool empty() const noexcept { return keys_.empty(); }
    [[nodiscard]] const std::vector<std::shared_ptr<const JWK>>& keys() const noexcept {
        return keys_;
    }

private:
    std::vector<std::shared_ptr<const JWK>> keys_;
};

}  // namespace tornado::auth
