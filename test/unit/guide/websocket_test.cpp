// doc/guide/websocket.md: what its snippets take for granted, and the snippets, which compile. What
// they do is tested in test/unit/websocket.

#include <tornado/ioloop.hpp>
#include <tornado/web.hpp>
#include <tornado/websocket.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace websocket_guide {

namespace web = tornado::web;
namespace websocket = tornado::websocket;
using tornado::Future;
using namespace std::chrono_literals;

Future<std::string> history(int) {
    return Future<std::string>::ready();
}
Future<void> store(int, std::string) {
    return Future<void>::ready();
}
void leave(int) {}
void use(std::string_view) {}
void log(std::string_view) {}

#include "websocket.snippets.hpp"

}  // namespace websocket_guide
