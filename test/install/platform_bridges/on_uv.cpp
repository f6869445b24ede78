// The header needs nothing of libuv's.
#include <tornado/ioloop.hpp>
#include <tornado/platform/uv.hpp>

int main() {
    tornado::platform::UVLoop uv;
    const bool alive = tornado::ioloop::IOLoop::current().run_sync([&] { return uv.run(); });
    return alive ? 1 : 0;
}
