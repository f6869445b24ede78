#pragma once

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "../concurrent/support.hpp"

/// Both ends of a pipe, closed with the object.
class Pipe {
public:
    Pipe() { static_cast<void>(::pipe2(ends_.data(), O_CLOEXEC)); }
    ~Pipe() {
        close_reader();
        close_writer();
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    [[nodiscard]] int reader() const { return ends_[0]; }
    [[nodiscard]] int writer() const { return ends_[1]; }
    void put(char c = 'x') const { static_cast<void>(::write(writer(), &c, 1)); }
    char take() const {
        char c = 0;
        return ::read(reader(), &c, 1) == 1 ? c : '\0';
    }
    void close_reader() { close_end(0); }
    void close_writer() { close_end(1); }

private:
    void close_end(std::size_t end) {
        if (ends_[end] >= 0) {
            ::close(ends_[end]);
            ends_[end] = -1;
        }
    }
    std::array<int, 2> ends_{-1, -1};
};
