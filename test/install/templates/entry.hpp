#pragma once

#include <boost/describe.hpp>
#include <string>

struct Entry {
    std::string title;
    int comments = 0;
};
BOOST_DESCRIBE_STRUCT(Entry, (), (title, comments))
