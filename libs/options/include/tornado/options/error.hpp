#pragma once

#include <stdexcept>

namespace tornado::options {

/// What is wrong with an option, in a sentence fit for the user. Mirrors `tornado.options.Error`.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace tornado::options
