#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "modules.hpp"
#include "statement.hpp"
#include "tornado/template/namespace.hpp"

namespace tornado::templating::detail {

/// The file that a statement came from, and how it came to stand where it does.
struct Context {
    std::string name;
    std::string via;  ///< ` (via b.html:1, a.html:7)`, or nothing
};

/// A template that is ready to run: all files in one tree, all names resolved.
struct Program {
    std::string name;
    Body body;
    std::vector<Context> contexts;
    std::vector<std::string> globals;  ///< the names that are not the template's own variables
    std::uint32_t slots = 0;           ///< how many variables there are
    std::shared_ptr<const Namespace> names;  ///< the loader's
    std::shared_ptr<const Modules> modules;
    mutable std::atomic<std::size_t> usual_size{0};  ///< what the last rendering came to, in bytes
};

}  // namespace tornado::templating::detail
