#pragma once

/// While it is not 0, no descriptor can be watched: epoll_ctl() fails with it.
extern int watch_error;
/// While it is not 0, eventfd() fails with it.
extern int eventfd_error;
