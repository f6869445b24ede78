// doc/guide/pubsub.md: what its snippets take for granted, and the snippets, which compile. What
// they do is tested in test/unit/pubsub and test/unit/web.

#include <tornado/ioloop.hpp>
#include <tornado/postgresql_pubsub.hpp>
#include <tornado/process.hpp>
#include <tornado/pubsub.hpp>
#include <tornado/web.hpp>
#include <tornado/web/event_source_handler.hpp>
#include <tornado/websocket.hpp>

#include <functional>
#include <memory>

namespace pubsub_guide {

namespace ioloop = tornado::ioloop;
namespace postgresql_pubsub = tornado::postgresql_pubsub;
namespace process = tornado::process;
namespace pubsub = tornado::pubsub;
namespace web = tornado::web;
namespace websocket = tornado::websocket;
using tornado::Future;

void serve(pubsub::Broker&) {}

#include "pubsub.snippets.hpp"

}  // namespace pubsub_guide
