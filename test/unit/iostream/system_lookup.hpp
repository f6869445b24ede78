#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <utility>

/// What getaddrinfo() does in this program: all that it really does, but for the hosts named here.
///
/// Thread safety: any thread.
class SystemLookup {
public:
    static SystemLookup& instance();
    /// After fork(): the threads that waited have not come along, and nothing would wake them.
    static void begin_anew_in_child();

    /// From now on `host` is an error (an EAI_ constant; 0: none any more), which leaves errno so.
    void fail(const std::string& host, int error, int system_error = 0);
    /// From now on whoever looks up a host whose name begins with "slow" waits for open().
    void close_gate();
    void open_gate();
    /// How often that host was looked up.
    [[nodiscard]] int calls(const std::string& host);
    /// Waits until that host is being looked up, or was.
    void await_call(const std::string& host);

    /// For getaddrinfo(), also of errno: 0 when it shall do what it always does.
    int enter(const std::string& host);

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, std::pair<int, int>> failures_;
    std::map<std::string, int> calls_;
    bool open_ = true;
};

/// Holds up all slow hosts while it lives.
class SlowNameServer {
public:
    SlowNameServer() { SystemLookup::instance().close_gate(); }
    ~SlowNameServer() { answer(); }
    SlowNameServer(const SlowNameServer&) = delete;
    SlowNameServer& operator=(const SlowNameServer&) = delete;

    static void answer() { SystemLookup::instance().open_gate(); }
};
