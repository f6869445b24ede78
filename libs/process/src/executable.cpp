#include "executable.hpp"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>

#include "tornado/util/scope_exit.hpp"

namespace tornado::process {

namespace {

/// The kernel gives a read lease only on a file that nobody has open for writing. Where it gives
/// none at all (somebody else's file, say), execution itself has to tell.
bool is_being_written(int fd) {
    // Who opens the file for writing while the lease lasts makes a signal: not SIGIO, which ends
    // the process, but one that is ignored by default.
    ::fcntl(fd, F_SETSIG, SIGURG);
    if (::fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
        ::fcntl(fd, F_SETLEASE, F_UNLCK);
        return false;
    }
    return errno == EAGAIN;
}

/// Whether the parts that an ELF file's headers name lie within it.
bool has_all_its_parts(int fd, std::uint64_t size) {
    const auto is_within = [size](std::uint64_t offset, std::uint64_t length) {
        return offset <= size && length <= size - offset;
    };
    ElfW(Ehdr) header{};
    const auto got = ::pread(fd, &header, sizeof header, 0);
    if (got < SELFMAG || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
        return got > 0;  // a script, or a format that is not known here
    }
    constexpr unsigned char own_class = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
    if (got > EI_CLASS && header.e_ident[EI_CLASS] != own_class) {
        return true;
    }
    if (got < static_cast<ssize_t>(sizeof header) ||
        !is_within(header.e_shoff, std::uint64_t{header.e_shnum} * header.e_shentsize)) {
        return false;
    }
    for (unsigned index = 0; index < header.e_phnum; ++index) {
        ElfW(Phdr) segment{};
        const auto at = header.e_phoff + std::uint64_t{index} * sizeof segment;
        if (::pread(fd, &segment, sizeof segment, static_cast<off_t>(at)) != sizeof segment ||
            !is_within(segment.p_offset, segment.p_filesz)) {
            return false;
        }
    }
    return true;
}

}  // namespace

bool is_complete_executable(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) ||
        ::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) != 0) {
        return false;
    }
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno == EACCES;  // a file may be executable without being readable
    }
    const util::ScopeExit close{[fd] { ::close(fd); }};
    return !is_being_written(fd) && ::fstat(fd, &status) == 0 &&
           has_all_its_parts(fd, static_cast<std::uint64_t>(status.st_size));
}

}  // namespace tornado::process
