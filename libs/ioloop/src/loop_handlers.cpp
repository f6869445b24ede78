#include <boost/asio/post.hpp>

#include "loop_impl.hpp"
#include "loop_watch.hpp"

namespace tornado::ioloop {

namespace asio = boost::asio;

void IOLoop::Impl::add_handler(int fd, FdHandler handler, Events events) {
    if (watches_.contains(fd)) {
        throw std::invalid_argument{
            "descriptor " + std::to_string(fd) + " is watched already: use update_handler()"};
    }
    auto watch = std::make_unique<Watch>(std::move(handler));
    poller_.add(*watch, fd, events);
    watches_.emplace(fd, std::move(watch));
}

void IOLoop::Impl::update_handler(int fd, Events events) {
    const auto found = watches_.find(fd);
    if (found == watches_.end()) {
        throw std::invalid_argument{
            "descriptor " + std::to_string(fd) + " is not watched: use add_handler()"};
    }
    poller_.change(*found->second, events);
}

void IOLoop::Impl::remove_handler(int fd) noexcept {
    if (auto node = watches_.extract(fd)) {
        auto& watch = *node.mapped();
        poller_.remove(watch);
        if (watch.removed != nullptr) {
            *watch.removed = true;
            static_cast<void>(node.mapped().release());  // it ends with its handler
        }
    }
}

void IOLoop::Impl::start_polling(int fd) {
    poll_wait_.assign(fd);
}

void IOLoop::Impl::descriptors_are_watched(bool any) {
    if (any && !polls_) {
        wait_for_descriptors();
        polls_ = true;
    } else if (!any && owned_ == nullptr) {
        boost::system::error_code ignored;
        poll_wait_.cancel(ignored);  // or the program's own run() would wait for it
    }
}

void IOLoop::Impl::wait_for_descriptors() {
    poll_wait_.async_wait(
        asio::posix::stream_descriptor::wait_read,
        [inbox = inbox_](const boost::system::error_code& error) {
            auto* impl = inbox->loop;
            if (impl == nullptr) {
                return;
            }
            if (!error) {
                impl->poll_descriptors();
            } else if (error == asio::error::operation_aborted && impl->poller_.watches_any()) {
                impl->wait_for_descriptors();  // for those that have come since
            } else {
                impl->polls_ = false;
            }
        }
    );
}

void IOLoop::Impl::poll_descriptors() {
    const Turn turn{*this};
    run_batch(last_);  // of a turn that timers or a program's own handler began
    const auto count = poller_.fetch();
    if (order_ != nullptr) {
        order_->arrange(poller_, count);
    }
    const bool woken = std::exchange(woken_, true);
    for (std::size_t i = 0; i < count; ++i) {
        guard({}, [&] { poller_.tell(i); });
    }
    rest();
    if (!woken) {
        run_ready();
    }
    if (owned_ == nullptr && !poller_.watches_any()) {
        polls_ = false;
        return;
    }
    // Arming Asio's reactor anew takes a system call. Where much goes on it is cheaper to look
    // again after one turn.
    constexpr std::size_t busy = 4;
    if (count < busy) {
        wait_for_descriptors();
        return;
    }
    asio::post(context_, [inbox = inbox_] {
        if (auto* impl = inbox->loop) {
            impl->poll_descriptors();
        }
    });
}

}  // namespace tornado::ioloop
