#include "tornado/ioloop/locks/lock.hpp"

#include <stdexcept>

namespace tornado::locks {

void Lock::release() {
    if (!locked()) {
        throw std::logic_error{
            "the lock is not locked: its guard unlocks it by itself, so detach() that before you "
            "call release()"};
    }
    permit_.release();
}

}  // namespace tornado::locks
