#include "at_work.hpp"

namespace tornado::log {

namespace {

constinit thread_local const AtWork* innermost = nullptr;

}  // namespace

AtWork::AtWork(const void* who) noexcept : who_{who}, outer_{innermost} {
    innermost = this;
}

AtWork::~AtWork() {
    innermost = outer_;
}

bool AtWork::contains(const void* who) noexcept {
    for (const auto* each = innermost; each != nullptr; each = each->outer_) {
        if (each->who_ == who) {
            return true;
        }
    }
    return false;
}

}  // namespace tornado::log
