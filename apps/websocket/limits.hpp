#pragma once

#include <chrono>
#include <cstddef>

/// What a stranger may make this server hold or do.
namespace talk {

constexpr std::size_t longest_text = 2'000;       ///< characters of a message, as the page has it
constexpr std::size_t longest_name = 40;          ///< characters
constexpr std::size_t longest_room = 32;          ///< characters
constexpr std::size_t longest_key = 64;           ///< bytes
constexpr std::size_t longest_request = 16'384;   ///< bytes of what a page says at once
constexpr std::size_t history_size = 200;         ///< messages of each room
constexpr std::size_t most_rooms = 500;           ///< with anybody in them
constexpr std::size_t most_names = 200;           ///< of those in a room who are named
constexpr std::size_t most_connections = 10'000;  ///< of each process
constexpr std::size_t most_waiting = 1'000'000;   ///< bytes for a page that does not read

/// Requests that a page may make at once, how soon it gets another one, and how many it may make
/// beyond that before it is closed.
constexpr unsigned burst = 10;
constexpr std::chrono::milliseconds refill{700};
constexpr unsigned patience = 50;

/// The same for all connections of an address together: a household, or a school behind one. There
/// some requests cost that much more: to enter a room is to be sent all that was said in it, and a
/// room that nobody is in takes the place of another one in the end.
constexpr std::size_t most_connections_of_address = 500;  ///< to each process
constexpr unsigned address_burst = 2'000;
constexpr std::chrono::milliseconds address_refill{20};
constexpr unsigned cost_of_entering = 2;
constexpr unsigned cost_of_a_new_room = 19;

}  // namespace talk
