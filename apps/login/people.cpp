#include "people.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tornado/log.hpp>

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
    for (std::string line; std::getline(lines, line);) {
        const auto space = line.find(' ');
        if (space == std::string::npos || space == 0) {
            throw std::runtime_error{file + ": a line is a name, a space and a hash"};
        }
        hashes_[line.substr(0, space)] = line.substr(space + 1);
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
