#pragma once

namespace tornado::log {

/// Marks a handler or a filter as at work in this thread, for as long as this lives. What it logs
/// itself must not come back to it, or there would be no end.
class AtWork {
public:
    explicit AtWork(const void* who) noexcept;
    AtWork(const AtWork&) = delete;
    AtWork& operator=(const AtWork&) = delete;
    ~AtWork();

    [[nodiscard]] static bool contains(const void* who) noexcept;

private:
    const void* who_;
    const AtWork* outer_;
};

}  // namespace tornado::log
