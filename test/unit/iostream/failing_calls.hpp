#pragma once

/// While it is not 0, no descriptor can be watched: epoll_ctl() fails with it.
extern int watch_error;
/// While it is not 0, chmod() fails with it.
extern int chmod_error;
/// How often recv() has been called.
extern int recv_calls;
