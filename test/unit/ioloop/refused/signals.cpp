// Requests of a signal's handler that the compiler must refuse, one for each macro; see
// CMakeLists.txt.
#include <tornado/ioloop.hpp>

using tornado::ioloop::IOLoop;
using tornado::ioloop::SignalCallback;

void ask(IOLoop& loop) {
    SignalCallback callback{loop, [&loop] { loop.stop(); }};
    IOLoop::add_callback_from_signal(callback);
    loop.add_callback_from_signal(callback);
#if defined(LAMBDA)
    loop.add_callback_from_signal([&loop] { loop.stop(); });
#elif defined(TEMPORARY)
    loop.add_callback_from_signal(SignalCallback{loop, [] {}});
#endif
}
