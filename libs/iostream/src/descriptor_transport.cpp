#include "descriptor_transport.hpp"

#include <fcntl.h>

#include <cerrno>

#include "tornado/ioloop/ioloop.hpp"

namespace tornado::iostream {

using ioloop::Events;
using ioloop::Poller;

DescriptorTransport::DescriptorTransport(ioloop::IOLoop& loop, netutil::Socket descriptor)
    : Watcher{[](Watcher& self, Events ready) {
          static_cast<DescriptorTransport&>(self).became_ready(ready);
      }},
      loop_{loop},
      descriptor_{std::move(descriptor)} {
    const int flags = ::fcntl(fileno(), F_GETFL);
    if (flags < 0) {
        throw std::system_error{last_error(), "cannot make a stream of the descriptor"};
    }
    if ((flags & O_NONBLOCK) == 0) {
        ::fcntl(fileno(), F_SETFL, flags | O_NONBLOCK);
    }
}

DescriptorTransport::~DescriptorTransport() {
    unwatch();  // before the descriptor is closed
}

void DescriptorTransport::wait(Events events) {
    waits_for_ = events;
    try {
        watch(events);
    } catch (const std::system_error& error) {  // the system has no room for another, say
        post([](StreamCore& core, std::error_code why) { core.abort(why); }, error.code());
        return;
    }
    if ((ready_ & events) != Events::none) {
        tell_later();
    }
}

/// Registers for each kind when it is waited for the first time, and then for good.
void DescriptorTransport::watch(Events events) {
    if (!is_watching()) {
        if (events != Events::none) {
            loop_.poller().add(*this, fileno(), events, Poller::Trigger::edge);
        }
    } else if ((events & ~wanted()) != Events::none) {
        loop_.poller().change(*this, events | wanted());
    }
}

void DescriptorTransport::became_ready(Events events) {
    if (events == Events::none) {
        tell_ready(events);  // the loop closes; this ends with the stream
        return;
    }
    ready_ = ready_ | events;
    tell();
}

void DescriptorTransport::tell() {
    const auto told = ready_ & waits_for_;
    if (told != Events::none) {
        tell_ready(told);
    }
}

/// For what was ready before it was waited for: the kernel will not tell of it again.
void DescriptorTransport::tell_later() {
    if (tells_later_) {
        return;
    }
    tells_later_ = true;
    loop_.add_callback([stream = StreamRef{&core()}, this] {
        if (!stream->closed()) {
            tells_later_ = false;
            tell();
        }
    });
}

void DescriptorTransport::post(void (*call)(StreamCore&, std::error_code), std::error_code error) {
    loop_.add_callback([stream = StreamRef{&core()}, call, error] { call(*stream, error); });
}

std::error_code last_error() noexcept {
    return {errno, std::system_category()};
}

}  // namespace tornado::iostream
