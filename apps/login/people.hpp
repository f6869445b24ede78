#pragma once

#include <tornado/auth.hpp>

#include <map>
#include <string>

namespace login {

/// Those who log in by a password: lines of a file, a name and its hash with a space between.
class People {
public:
    /// Throws std::runtime_error when the file cannot be read, or a line is none.
    explicit People(const std::string& file);

    /// Whether that is the name's password. Takes as long for a name that there is not.
    [[nodiscard]] tornado::Future<bool> check(std::string name, std::string password);

private:
    std::map<std::string, std::string> hashes_;
    tornado::auth::PasswordHasher passwords_;
};

/// Adds a line to the file, which only its owner can read if it is new. Throws std::runtime_error
/// when that cannot be.
void add_person(const std::string& file, const std::string& name, const std::string& password);

}  // namespace login
