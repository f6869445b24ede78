// doc/guide/events.md: what its snippets take for granted, and the snippets, which compile. What
// they do is tested in test/unit/web.

#include <tornado/gen.hpp>
#include <tornado/web.hpp>
#include <tornado/web/event_source_handler.hpp>

#include <chrono>
#include <string>

namespace events_guide {

namespace gen = tornado::gen;
namespace web = tornado::web;
using tornado::Future;
using namespace std::chrono_literals;

#include "events.snippets.hpp"

}  // namespace events_guide
