#include "program_path.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace tornado::process {

namespace {

/// 0, or why the file cannot be executed.
int executable_error(const std::string& file) noexcept {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) {
        return errno;
    }
    if (!S_ISREG(status.st_mode)) {
        return EACCES;  // as exec says
    }
    return ::faccessat(AT_FDCWD, file.c_str(), X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

}  // namespace

std::string find_program(
    const std::string& program,
    std::string_view path,
    const std::string& cwd,
    std::error_code& error
) {
    if (program.find('/') != program.npos) {
        return program;
    }
    int why = ENOENT;
    while (true) {
        const auto colon = path.find(':');
        std::string file{path.substr(0, colon)};
        if (file.empty()) {
            file.push_back('.');
        }
        file += '/' + program;
        const int wrong =
            executable_error(file.front() == '/' || cwd.empty() ? file : cwd + '/' + file);
        if (wrong == 0) {
            return file;
        }
        if (wrong == EACCES) {
            why = EACCES;  // tells more than that other folders do not have it
        }
        if (colon == path.npos) {
            break;
        }
        path.remove_prefix(colon + 1);
    }
    error.assign(why, std::system_category());
    return {};
}

}  // namespace tornado::process
