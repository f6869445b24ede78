// doc/guide/serving.md: its snippets compile. What they do is tested in test/unit/httpserver.

#include <tornado/web.hpp>

namespace serving_guide {

namespace web = tornado::web;

struct MainHandler : web::RequestHandler {};

#include "serving.snippets.hpp"

}  // namespace serving_guide
