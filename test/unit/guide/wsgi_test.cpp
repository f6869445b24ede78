// doc/guide/wsgi.md: what its snippets take for granted, and the snippets, which compile. What they
// do is tested in test/unit/wsgi, test/unit/wsgi_application and test/integration.

#include <tornado/escape.hpp>
#include <tornado/httpserver.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/netutil.hpp>
#include <tornado/process.hpp>
#include <tornado/web.hpp>
#include <tornado/wsgi.hpp>
#include <tornado/wsgi_application.hpp>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace wsgi_guide {

namespace escape = tornado::escape;
namespace httpserver = tornado::httpserver;
namespace ioloop = tornado::ioloop;
namespace netutil = tornado::netutil;
namespace process = tornado::process;
namespace web = tornado::web;
namespace wsgi = tornado::wsgi;

struct LiveHandler : web::RequestHandler {
    void get() {}
};

#include "wsgi.snippets.hpp"

}  // namespace wsgi_guide
