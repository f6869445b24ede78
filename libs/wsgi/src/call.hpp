#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "job.hpp"
#include "tornado/concurrent/promise.hpp"
#include "tornado/httputil/http_connection.hpp"
#include "worker_pool.hpp"

namespace tornado::wsgi {

/// One request, on the loop's side: gives it to a thread, then sends what comes back.
class Call final : public httputil::HTTPMessageDelegate {
public:
    Call(
        httputil::HTTPConnection& exchange,
        WorkerPool& workers,
        std::size_t body_buffer,
        std::string_view script_name
    );
    ~Call() override;

    Future<void> headers_received(httputil::RequestHead& head, const httputil::Target& target)
        override;
    Future<void> data_received(std::string_view chunk) override;
    void finish() override;
    void on_connection_close() override;

private:
    /// Settles what the connection waits for when a thread has taken what there was of the body.
    class Room final : public ioloop::Pending {
    public:
        [[nodiscard]] Future<void> future() const { return promise_.future(); }
        void arrive(ioloop::Parcel* parcel) noexcept override;

    private:
        Promise<void> promise_;
    };

    /// Brings one message of the thread's, or word of the loop's end.
    class Bell final : public ioloop::Pending, public concurrent::Pooled {
    public:
        explicit Bell(Call& call) noexcept : call_{call} {}
        void arrive(ioloop::Parcel* parcel) noexcept override;

    private:
        Call& call_;  ///< holds itself while there is one
    };

    [[nodiscard]] ioloop::Ticket make_ticket();
    void arrive(ioloop::Parcel* parcel) noexcept;
    void note_head(const httputil::RequestHead& head, const httputil::Target& target);
    void dispatch();
    void give_up();
    void answer(int status);
    void pump();
    [[nodiscard]] bool send(Output& output);
    void send_whole(Output& output);
    void wait_for(const Future<void>& room);
    void conclude();
    void log_access() const;

    httputil::HTTPConnection& exchange_;
    WorkerPool& workers_;
    const std::size_t body_buffer_;
    const std::string_view script_name_;
    std::shared_ptr<Job> job_ = std::make_shared<Job>();
    httputil::ExchangeRef self_;  ///< while a thread has the job
    int status_ = 0;              ///< of the response, once it has begun
    bool dispatched_ = false;
    bool over_ = false;  ///< it is answered, or never will be
};

}  // namespace tornado::wsgi
