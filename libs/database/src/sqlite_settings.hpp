#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace tornado::database {

/// How a file of SQLite is opened.
struct SQLiteSettings {
    std::string file;
    bool in_memory = false;
    bool on_loop = false;  ///< short queries are done on the loop's thread
    bool read_only = false;
    bool creates = true;
    bool foreign_keys = true;
    std::string journal = "WAL";
    std::string synchronous;  ///< empty: as SQLite likes
    std::chrono::milliseconds busy_timeout{5'000};
    std::size_t statements = 128;
    std::size_t depth = 16;
};

}  // namespace tornado::database
