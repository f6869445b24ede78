#include "folder_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace blog {

FolderLock::FolderLock(const std::string& folder)
    : file_{::open((folder + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)} {
    if (file_ < 0) {
        throw std::system_error{errno, std::generic_category(), "cannot open " + folder + "/lock"};
    }
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
        ::close(file_);
        throw std::runtime_error{folder + " is in use by another blog: stop that one first"};
    }
}

FolderLock::~FolderLock() {
    ::close(file_);
}

}  // namespace blog
