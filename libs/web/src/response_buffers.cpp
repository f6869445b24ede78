#include "response_buffers.hpp"

#include <array>
#include <vector>

#include "tornado/concurrent/frame_pool.hpp"
#include "tornado/httputil/http_date.hpp"
#include "tornado/util/version.hpp"

namespace tornado::web {

namespace {

using httputil::KnownHeader;

/// The default headers, made anew when the second changes.
class DefaultHeaders {
public:
    const httputil::HTTPHeaders& get(std::time_t now) {
        if (now != made_at_) {
            made_at_ = now;
            headers_.clear();
            headers_.add_unchecked(KnownHeader::server, server_);
            headers_.add_unchecked(KnownHeader::content_type, "text/html; charset=UTF-8");
            std::array<char, httputil::http_date_size> date;
            httputil::write_http_date(now, date.data());
            headers_.add_unchecked(KnownHeader::date, {date.data(), date.size()});
        }
        return headers_;
    }

private:
    const std::string server_ = "TornadoServer/" + std::string{version};
    httputil::HTTPHeaders headers_;
    std::time_t made_at_ = -1;
};

/// Whether this thread's pool has gone. Beside the pool, because nothing of a destroyed object can
/// be read.
constinit thread_local bool pool_has_gone = false;

class BufferPool {
public:
    ~BufferPool() { pool_has_gone = true; }

    std::unique_ptr<ResponseBuffers> take() {
        if (free_.empty()) {
            return std::make_unique<ResponseBuffers>();
        }
        auto buffers = std::move(free_.back());
        free_.pop_back();
        return buffers;
    }

    void give(std::unique_ptr<ResponseBuffers> buffers) {
        if (!concurrent::frame_pool::enabled || free_.size() == most ||
            buffers->body.capacity() > most_kept_body) {
            return;
        }
        free_.reserve(most);
        buffers->body.clear();
        free_.push_back(std::move(buffers));
    }

private:
    static constexpr std::size_t most = 256;
    static constexpr std::size_t most_kept_body = 64 * 1024;
    std::vector<std::unique_ptr<ResponseBuffers>> free_;
};

BufferPool& pool() noexcept {
    static thread_local BufferPool buffers;
    return buffers;
}

}  // namespace

ResponseBuffers::Ref ResponseBuffers::take() {
    Ref buffers{pool().take().release()};
    buffers->set_default_headers();
    return buffers;
}

void ResponseBuffers::set_default_headers() {
    static thread_local DefaultHeaders defaults;
    dated = std::time(nullptr);
    headers = defaults.get(dated);
}

void ResponseBuffers::renew_date() {
    if (std::time(nullptr) == dated) {
        return;
    }
    std::array<char, httputil::http_date_size> former;
    httputil::write_http_date(dated, former.data());
    if (headers.first(KnownHeader::date) == std::string_view{former.data(), former.size()}) {
        headers.set(KnownHeader::date, httputil::present_http_date());
    }
}

void ResponseBuffers::GiveBack::operator()(ResponseBuffers* buffers) const noexcept {
    std::unique_ptr<ResponseBuffers> owned{buffers};
    owned->cookies.clear();
    owned->head_hooks.clear();
    owned->transforms.clear();
    owned->forget_head();
    if (!pool_has_gone) {
        pool().give(std::move(owned));
    }
}

}  // namespace tornado::web
