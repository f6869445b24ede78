#pragma once

#include <string>
#include <vector>

/// The addresses, as `host port`, to which this program has tried to connect since the last
/// clear(), in their order.
std::vector<std::string>& connect_calls();

/// While it is not 0, socket() fails with it.
extern int socket_error;

/// While it is not 0, no descriptor can be watched: epoll_ctl() fails with it.
extern int watch_error;
