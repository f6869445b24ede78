#include "tornado/ioloop/asio_context.hpp"

#include "loop_impl.hpp"

namespace tornado::asio {

boost::asio::io_context& context(ioloop::IOLoop& loop) noexcept {
    return loop.impl().context();
}

std::unique_ptr<ioloop::IOLoop> borrow(boost::asio::io_context& context) {
    return std::make_unique<ioloop::IOLoop>(std::make_unique<ioloop::IOLoop::Impl>(context));
}

}  // namespace tornado::asio
