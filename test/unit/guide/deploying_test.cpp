// doc/guide/deploying.md: what its snippets take for granted, and the snippets, which compile. What
// they do is tested in test/unit/httpserver, test/unit/process and test/unit/iostream.

#include <tornado/httpserver.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/netutil.hpp>
#include <tornado/process.hpp>
#include <tornado/web.hpp>

#include <utility>

namespace deploying_guide {

namespace httpserver = tornado::httpserver;
namespace ioloop = tornado::ioloop;
namespace netutil = tornado::netutil;
namespace process = tornado::process;
namespace web = tornado::web;
using namespace std::chrono_literals;

#include "deploying.snippets.hpp"

}  // namespace deploying_guide
