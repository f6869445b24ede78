#pragma once

#include "loop_impl.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::ioloop {

/// A descriptor and the handler that the program gave for it.
struct IOLoop::Impl::Watch final : Watcher {
    explicit Watch(FdHandler function)
        : Watcher{[](Watcher& self, Events ready) { static_cast<Watch&>(self).tell(ready); }},
          handler{std::move(function)} {}

    void tell(Events ready) {
        if (ready == Events::none) {
            return;
        }
        concurrent::Context::enter(context);
        bool gone = false;
        removed = &gone;  // it may remove itself
        const util::ScopeExit done{[&] {
            if (gone) {
                delete this;
            } else {
                removed = nullptr;
            }
        }};
        handler(watched_fd(), ready);
    }

    FdHandler handler;
    concurrent::Context context = concurrent::Context::capture();
    bool* removed = nullptr;  ///< while the handler runs
};

}  // namespace tornado::ioloop
