#pragma once

namespace tornado::util {

/// One `Pool` for each thread: of buffers, say, that wait there to be used again.
///
/// Objects may outlive the pool of their thread, as those do that the thread's last loop closes.
/// Then get() says that it has gone, and they are made and destroyed without it.
///
/// Thread safety: what get() gives is for the calling thread only.
///
///     if (auto* pool = PerThread<Pool>::get()) {
///         pool->give_back(buffer);
///     }
template <typename Pool>
class PerThread {
public:
    /// This thread's pool, made by the first call; null once the thread has destroyed it.
    [[nodiscard]] static Pool* get() {
        if (has_gone_) {
            return nullptr;
        }
        static thread_local Holder holder;
        return &holder.pool;
    }

private:
    struct Holder {
        Pool pool;
        ~Holder() { has_gone_ = true; }  // before the pool itself goes
    };

    // Beside the pool, as nothing of a destroyed object can be asked.
    inline static constinit thread_local bool has_gone_ = false;
};

}  // namespace tornado::util
