#include <boost/asio/steady_timer.hpp>
#include <tornado/asio.hpp>
#include <tornado/gen.hpp>

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<int> answer() {
    co_await tornado::asio::to_awaitable(tornado::gen::sleep(1ms));
    co_return 42;
}

int main() {
    asio::io_context context;
    const auto loop = tornado::asio::borrow(context);
    int got = 0;
    loop->add_callback([&]() -> tornado::Future<void> {
        asio::steady_timer timer{context, 1ms};
        co_await timer.async_wait(tornado::asio::use_future);
        got = co_await tornado::asio::to_future(answer());
    });
    context.run();
    return got == 42 ? 0 : 1;
}
