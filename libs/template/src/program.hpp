#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "modules.hpp"
#include "statement.hpp"
#include "tornado/template/namespace.hpp"

namespace tornado::templating::compiled {
class CompiledTemplate;
}

namespace tornado::templating::detail {

/// The file that a statement came from, and how it came to stand where it does.
struct Context {
    std::string name;
    std::string via;  ///< ` (via b.html:1, a.html:7)`, or nothing
};

/// A template that is ready to run: all files in one tree, all names resolved; or one that was
/// compiled with the program, and has no tree.
struct Program {
    std::string name;
    const compiled::CompiledTemplate* compiled = nullptr;
    Body body;
    std::vector<Context> contexts;
    /// The names that are not the template's own variables, as the body has them.
    std::vector<std::string_view> globals;
    std::uint32_t slots = 0;                 ///< how many variables there are
    std::shared_ptr<const Namespace> names;  ///< the loader's
    std::shared_ptr<const Modules> modules;
    /// The room for a page, as the last one was, and a little more.
    mutable std::atomic<std::size_t> usual_size = 0;
};

}  // namespace tornado::templating::detail
