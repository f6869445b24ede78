#include "until_ready.hpp"

#include <memory>

#include "tornado/concurrent/promise.hpp"

namespace tornado::database {

using ioloop::Events;
using ioloop::IOLoop;

Future<Events> until_ready(int fd, Events events) {
    auto& loop = IOLoop::current();
    const auto promise = std::make_shared<Promise<Events>>();
    auto future = promise->future();
    promise->on_cancel([&loop, fd] { loop.remove_handler(fd); });
    loop.add_handler(
        fd,
        [&loop, promise](int its, Events ready) {
            loop.remove_handler(its);
            promise->set_result(ready);
        },
        events
    );
    return future;
}

}  // namespace tornado::database
