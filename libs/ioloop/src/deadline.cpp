#include "tornado/ioloop/deadline.hpp"

#include <algorithm>

#include "tornado/util/scope_exit.hpp"

namespace tornado::ioloop {

namespace {

void make_empty(DeadlineLink& ring) noexcept {
    ring.next = ring.previous = &ring;
}

void push_back(DeadlineLink& ring, DeadlineLink& link) noexcept {
    link.next = &ring;
    link.previous = ring.previous;
    ring.previous->next = &link;
    ring.previous = &link;
}

}  // namespace

DeadlineWheel::DeadlineWheel(
    void (*start)(void* owner),
    void* owner,
    Tick (*present)(void* owner)
) noexcept
    : start_{start},
      owner_{owner},
      present_{present} {
    std::ranges::for_each(slots_, make_empty);
}

DeadlineWheel::~DeadlineWheel() {
    for (auto& ring : slots_) {
        while (ring.next != &ring) {
            ring.next->unlink();
        }
    }
}

void DeadlineWheel::set(Deadline& deadline, Tick ticks) {
    if (!turning_) {
        turning_ = true;
        start_(owner_);
    }
    deadline.unset();
    const auto present = present_ != nullptr ? present_(owner_) : now_;
    deadline.due_ = present + std::max<Tick>(ticks, 1) + 1;  // the present tick is partly over
    push_back(slot_of(deadline.due_), deadline);
}

bool DeadlineWheel::advance_to(Tick now) {
    // After a long sleep each slot needs to be looked at once only.
    if (now - now_ > slots) {
        now_ = now - static_cast<Tick>(slots);
    }
    while (now_ != now) {
        turn(++now_);
    }
    turning_ = std::ranges::any_of(slots_, [](const auto& ring) { return ring.next != &ring; });
    return turning_;
}

void DeadlineWheel::turn(Tick tick) {
    auto& ring = slot_of(tick);
    if (ring.next == &ring) {
        return;
    }
    // What fires may set and unset any deadline, those of this slot too: work on a ring of its own.
    DeadlineLink due{ring.next, ring.previous};
    due.next->previous = due.previous->next = &due;
    make_empty(ring);
    // When one throws, the next tick has the others.
    const util::ScopeExit rest{[&] {
        while (due.next != &due) {
            auto& left = *due.next;
            left.unlink();
            push_back(slot_of(tick + 1), left);
        }
    }};
    while (due.next != &due) {
        auto& deadline = static_cast<Deadline&>(*due.next);
        deadline.unset();
        if (static_cast<std::int32_t>(deadline.due_ - tick) > 0) {
            push_back(ring, deadline);  // a later turn's
        } else {
            deadline.fire_(deadline);
        }
    }
}

}  // namespace tornado::ioloop
