#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <tornado/ioloop/asio_context.hpp>
#include <tornado/log.hpp>

#include "support.hpp"

/// The loop that all inputs of a program share.
struct SharedLoop {
    boost::asio::io_context io{1};
    std::unique_ptr<tornado::ioloop::IOLoop> loop = tornado::asio::borrow(io);

    /// Runs what is ready.
    void turn() {
        io.restart();
        while (io.poll() != 0) {
            io.restart();
        }
    }
};

/// Calls `run` with an input and the dice that its first bytes decide.
template <std::size_t seed_size, typename F>
int run_with_dice(const std::uint8_t* bytes, std::size_t size, F run) {
    if (size < seed_size) {
        return 0;
    }
    std::uint64_t seed = 0;
    for (std::size_t i = 0; i < seed_size; ++i) {
        seed = seed << 8U | bytes[i];
    }
    Dice dice{seed};
    run(std::string_view{reinterpret_cast<const char*>(bytes) + seed_size, size - seed_size}, dice);
    return 0;
}

/// Failing is what those do here whom a connection tells: it is no news.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
    tornado::log::set_level(tornado::log::Level::critical);
    return 0;
}
