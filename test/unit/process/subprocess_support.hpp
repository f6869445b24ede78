#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <tornado/gen.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/process/subprocess.hpp>
#include <utility>
#include <vector>

#include "../../../libs/process/src/exit_notice.hpp"
#include "../ioloop/support.hpp"
#include "support.hpp"

/// Only a test that hangs ever gets there.
constexpr auto much_too_long = std::chrono::seconds{60};

/// A loop, for processes that it watches.
struct ProcessFixture {
    /// Runs a function or coroutine in the loop.
    template <typename F>
    auto run(F&& function) {
        return loop.run_sync(std::forward<F>(function), much_too_long);
    }
    template <typename T>
    T wait(tornado::Future<T> future) {
        return run([&future] { return future; });
    }
    /// Waits until `condition` holds, whatever the loop has to do for it.
    template <typename C>
    void until(C condition) {
        run([&condition]() -> tornado::Future<void> {
            while (!condition()) {
                co_await tornado::gen::moment();
            }
        });
    }
    /// Lets what is ready be seen; what is not stays unseen.
    void turns() {
        int left = 30;
        until([&] { return --left == 0; });
    }

    /// Makes the loop open what it keeps open once it has watched a process.
    void watch_a_first_one() {
        tornado::process::Subprocess first{{"true"}};
        wait(first.wait_for_exit());
    }

    tornado::ioloop::IOLoop loop;
};

/// Whether this process has any child, running or dead.
inline bool has_children() {
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

inline std::ptrdiff_t open_descriptors() {
    const std::filesystem::directory_iterator all{"/proc/self/fd"};
    return std::distance(begin(all), end(all));
}

/// While it lives, the kernel has pidfds or not.
class Pidfds {
public:
    explicit Pidfds(bool present) { tornado::process::ExitNotice::use_pidfds(present); }
    ~Pidfds() { tornado::process::ExitNotice::use_pidfds(true); }
    Pidfds(const Pidfds&) = delete;
    Pidfds& operator=(const Pidfds&) = delete;
};

/// A folder of its own for one test, removed with all that is in it.
class Folder {
public:
    Folder() {
        auto name = (std::filesystem::temp_directory_path() / "tornado-test-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    [[nodiscard]] std::string path() const { return path_.string(); }
    [[nodiscard]] std::string operator/(const std::string& name) const {
        return (path_ / name).string();
    }
    /// Makes a file; a program, if `mode` says so.
    void put(const std::string& name, const std::string& text, mode_t mode = 0755) const {
        std::filesystem::create_directories((path_ / name).parent_path());
        std::ofstream{path_ / name, std::ios::binary} << text;
        ::chmod((path_ / name).c_str(), mode);
    }

private:
    std::filesystem::path path_;
};

/// What is in a pipe, until its end.
inline std::string drain(int descriptor) {
    std::string all;
    std::array<char, 4096> part;
    ssize_t count = 0;
    while ((count = ::read(descriptor, part.data(), part.size())) > 0) {
        all.append(part.data(), static_cast<std::size_t>(count));
    }
    return all;
}
