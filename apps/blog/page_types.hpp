#pragma once

#include <tornado/template/datetime.hpp>
#include <tornado/template/described.hpp>

#include <vector>

#include "store.hpp"

namespace blog {

/// Entries of one year, for the archive.
struct Year {
    int number;
    std::vector<SharedEntry> entries;
};
BOOST_DESCRIBE_STRUCT(Year, (), (number, entries))

}  // namespace blog
