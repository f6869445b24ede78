#include "system_lookup.hpp"

#include <dlfcn.h>
#include <netdb.h>

#include <cerrno>

namespace {

SystemLookup*& current() {
    static auto* lookup = new SystemLookup;  // threads may look up to the very end
    return lookup;
}

}  // namespace

SystemLookup& SystemLookup::instance() {
    return *current();
}

void SystemLookup::begin_anew_in_child() {
    current() = new SystemLookup;
}

void SystemLookup::fail(const std::string& host, int error, int system_error) {
    const std::lock_guard lock{mutex_};
    failures_[host] = {error, system_error};
}

void SystemLookup::close_gate() {
    const std::lock_guard lock{mutex_};
    open_ = false;
}

void SystemLookup::open_gate() {
    {
        const std::lock_guard lock{mutex_};
        open_ = true;
    }
    changed_.notify_all();
}

int SystemLookup::calls(const std::string& host) {
    const std::lock_guard lock{mutex_};
    return calls_[host];
}

void SystemLookup::await_call(const std::string& host) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return calls_[host] > 0; });
}

int SystemLookup::enter(const std::string& host) {
    std::unique_lock lock{mutex_};
    ++calls_[host];
    changed_.notify_all();
    if (host.starts_with("slow")) {
        changed_.wait(lock, [this] { return open_; });
    }
    const auto failure = failures_.find(host);
    if (failure == failures_.end()) {
        return 0;
    }
    errno = failure->second.second;
    return failure->second.first;
}

extern "C" int
getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** found) {
    static const auto real =
        reinterpret_cast<decltype(&::getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    const std::string name{host != nullptr ? host : ""};
    if (const int error = SystemLookup::instance().enter(name); error != 0) {
        return error;
    }
    // Slow hosts and such are this machine, in the end.
    return real(name.ends_with(".test") ? "127.0.0.1" : host, service, hints, found);
}
