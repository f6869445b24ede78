// doc/guide/streams.md: what its snippets take for granted, and the snippets, which compile. What
// they do is tested in test/unit/iostream.

#include <tornado/gen.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/iostream.hpp>
#include <tornado/iostream/memory_pair.hpp>
#include <tornado/log.hpp>
#include <tornado/netutil.hpp>

#include <sys/socket.h>

#include <string>

namespace streams_guide {

namespace gen = tornado::gen;
namespace ioloop = tornado::ioloop;
namespace iostream = tornado::iostream;
namespace log = tornado::log;
namespace netutil = tornado::netutil;
using namespace std::chrono_literals;
using tornado::Future;

struct File {
    Future<void> append(const std::string& text) {
        content += text;
        return Future<void>::ready();
    }
    std::string content;
};
Future<std::string> parse(iostream::IOStream& stream) {
    return stream.read_until("\n");
}
void check(const std::string&) {}

#include "streams.snippets.hpp"

}  // namespace streams_guide
