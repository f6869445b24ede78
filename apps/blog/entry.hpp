#pragma once

#include <boost/describe.hpp>

#include <chrono>
#include <string>

namespace blog {

using Moment = std::chrono::sys_seconds;

/// What somebody has written. All text is UTF-8.
struct Entry {
    std::string id;    ///< given by the store; never changes
    std::string slug;  ///< what it is called in addresses; never changes
    std::string title;
    std::string text;  ///< marked up: see markdown()
    std::string author;
    Moment published;
    Moment updated;
};
BOOST_DESCRIBE_STRUCT(Entry, (), (id, slug, title, text, author, published, updated))

/// Who may write.
struct Author {
    std::string name;           ///< to log in with, and beneath entries
    std::string password_hash;  ///< see auth::hash_password()
};
BOOST_DESCRIBE_STRUCT(Author, (), (name, password_hash))

}  // namespace blog
