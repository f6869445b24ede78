// The header needs nothing of GLib's.
#include <tornado/gen.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/platform/glib.hpp>

int main() {
    const tornado::platform::GLibLoop glib;
    tornado::ioloop::IOLoop::current().run_sync([] {
        return tornado::gen::sleep(std::chrono::milliseconds(1));
    });
    return glib.serving() ? 0 : 1;
}
