#include "people.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tornado/log.hpp>

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace login {

using tornado::Future;

People::People(const std::string& file) {
    std::ifstream lines{file};
    if (!lines) {
        throw std::runtime_error{"cannot read " + file};
    }
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        if (line.ends_with('\r')) {
            line.pop_back();
        }
        if (line.empty()) {
            continue;
        }
        const auto space = std::min(line.find(' '), line.size());
        auto hash = line.substr(std::min(space + 1, line.size()));
        if (space == 0 || !tornado::auth::is_password_hash(hash)) {
            throw std::runtime_error{
                file + ":" + std::to_string(number) +
                ": a line is a name, a space and a hash, as --add_user writes it"};
        }
        hashes_[line.substr(0, space)] = std::move(hash);
    }
    struct stat about {};
    if (::stat(file.c_str(), &about) == 0 && (about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        tornado::log::app_log().warning(
            "Others may read ", file, ", and try what it says of passwords: chmod 600 ends that"
        );
    }
}

Future<bool> People::check(std::string name, std::string password) {
    const auto found = hashes_.find(name);
    return passwords_.verify(
        std::move(password), found == hashes_.end() ? std::string{} : found->second
    );
}

void add_person(const std::string& file, const std::string& name, const std::string& password) {
    if (name.empty() || name.find_first_of(" \r\n\t") != std::string::npos || password.empty()) {
        throw std::runtime_error{"a name has no spaces, and neither it nor the password is empty"};
    }
    const auto line = name + " " + tornado::auth::hash_password(password) + "\n";
    const int lines =
        ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR);
    const bool written =
        lines >= 0 && ::write(lines, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    if (lines < 0 || ::close(lines) != 0 || !written) {
        throw std::runtime_error{"cannot write to " + file};
    }
}

}  // namespace login
