#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

/// While it is not 0, no descriptor can be watched: epoll_ctl() fails with it.
extern int watch_error;
/// While it is not 0, chmod() fails with it.
extern int chmod_error;
/// While it is not 0, open() fails with it.
extern int open_error;
/// How often recv() has been called.
extern int recv_calls;
/// How often sendfile() has been called.
extern int sendfile_calls;

/// While one lives, it keeps in mind where the bytes of send() and recv() lie.
class NotedBytes {
public:
    NotedBytes();
    ~NotedBytes();
    NotedBytes(const NotedBytes&) = delete;
    NotedBytes& operator=(const NotedBytes&) = delete;

    /// How many of those that were sent lay within `memory`.
    [[nodiscard]] std::size_t sent_from(std::string_view memory) const;
    /// How many of those that were received went into `memory`.
    [[nodiscard]] std::size_t received_into(std::string_view memory) const;

    std::vector<std::string_view> sent;
    std::vector<std::string_view> received;
};
