// doc/guide/tls.md: its snippets compile. What they do is tested in test/unit/iostream and
// test/unit/httpserver.

#include <tornado/iostream.hpp>
#include <tornado/netutil.hpp>
#include <tornado/web.hpp>

namespace tls_guide {

namespace iostream = tornado::iostream;
namespace netutil = tornado::netutil;
namespace web = tornado::web;
using tornado::Future;

#include "tls.snippets.hpp"

}  // namespace tls_guide
