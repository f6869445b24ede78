#include "inotify.hpp"

#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace tornado::process {

namespace {

constexpr std::uint32_t content_events = IN_MODIFY | IN_CREATE | IN_MOVED_TO;
constexpr std::uint32_t structure_events = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                           IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;
constexpr std::uint32_t wanted_events = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE |
                                        IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF |
                                        IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;

/// File systems whose files others may change without this kernel's knowledge: NFS, SMB, 9P, FUSE,
/// and those that virtual machines share with their hosts.
bool is_shared(const std::string& directory) {
    constexpr std::array<std::uint32_t, 8> magic{
        0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x65735546, 0x786f4256, 0xbacbacbc};
    struct statfs status {};
    if (::statfs(directory.c_str(), &status) != 0) {
        return false;
    }
    for (const auto number : magic) {
        if (static_cast<std::uint32_t>(status.f_type) == number) {
            return true;
        }
    }
    return false;
}

}  // namespace

Inotify::Inotify() noexcept : fd_{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)} {
    if (fd_ < 0) {
        error_ = {errno, std::system_category()};
    }
}

Inotify::~Inotify() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

void Inotify::end_round() noexcept {
    for (auto at = directories_.begin(); at != directories_.end();) {
        if (at->second.round == round_) {
            ++at;
        } else {
            ::inotify_rm_watch(fd_, at->first);
            at = directories_.erase(at);
        }
    }
}

Inotify::Watched Inotify::watch(const std::string& directory) {
    const int wd = ::inotify_add_watch(fd_, directory.c_str(), wanted_events);
    if (wd < 0) {
        const int error = errno;
        const bool absent = error == ENOENT || error == ENOTDIR;
        return {-1, absent ? "" : directory + ": " + std::system_category().message(error)};
    }
    const auto [found, is_new] = directories_.try_emplace(wd);
    if (is_new && is_shared(directory)) {
        found->second.reason = directory + ": others may share this file system";
    }
    found->second.round = round_;
    return {wd, found->second.reason};
}

std::vector<Inotify::Event> Inotify::read() {
    std::vector<Event> events;
    constexpr std::size_t many_events = 16'384;
    alignas(inotify_event) std::array<char, many_events> buffer;
    ssize_t size = 0;
    while ((size = ::read(fd_, buffer.data(), buffer.size())) > 0) {
        for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            const char* name = buffer.data() + at + sizeof event;
            at += sizeof event + event.len;
            if ((event.mask & IN_Q_OVERFLOW) != 0) {
                events.push_back({-1, "", false, true});
                continue;
            }
            const auto known = directories_.find(event.wd);
            if (known == directories_.end()) {
                continue;  // it has been forgotten
            }
            if ((event.mask & IN_IGNORED) != 0) {
                directories_.erase(known);
            }
            events.push_back(
                {event.wd,
                 event.len > 0 ? name : "",
                 (event.mask & content_events) != 0,
                 (event.mask & structure_events) != 0}
            );
        }
    }
    return events;
}

}  // namespace tornado::process
