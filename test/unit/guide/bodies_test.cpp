// doc/guide/bodies.md: what its snippets take for granted, and the snippets, which compile. What
// they do is tested in test/unit/web.

#include <tornado/iostream.hpp>
#include <tornado/web.hpp>

#include <sys/stat.h>

#include <optional>
#include <string>

namespace bodies_guide {

namespace web = tornado::web;
using tornado::Future;

Future<void> store(std::string_view) {
    return Future<void>::ready();
}

#include "bodies.snippets.hpp"

Future<std::string> uploads::add_photo(std::string) {
    return Future<std::string>::ready("1");
}

}  // namespace bodies_guide
