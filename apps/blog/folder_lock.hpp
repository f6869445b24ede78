#pragma once

#include <string>

namespace blog {

/// Holds a folder for one process: as long as it lives, nobody else gets one for the same folder,
/// and the system lets it go with the process. Throws std::runtime_error when another has it.
class FolderLock {
public:
    explicit FolderLock(const std::string& folder);
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

private:
    int file_;
};

}  // namespace blog
