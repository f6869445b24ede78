#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "job.hpp"
#include "tornado/concurrent/promise.hpp"
#include "tornado/httputil/http_connection.hpp"
#include "tornado/ioloop/deadline.hpp"
#include "tornado/wsgi/wsgi_container.hpp"
#include "worker_pool.hpp"

namespace tornado::wsgi {

/// One request, on the loop's side: gives it to a thread, then sends what comes back.
class Call final : public httputil::HTTPMessageDelegate, private ioloop::Deadline {
public:
    /// All must outlive it.
    Call(
        httputil::HTTPConnection& exchange,
        WorkerPool& workers,
        const WSGIContainerOptions& options
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

    /// Brings one message of the thread's, or word of the loop's end, or of a client that is too
    /// slow.
    class Bell final : public ioloop::Pending, public concurrent::Pooled {
    public:
        explicit Bell(Call& call) noexcept : call_{call} {}
        void arrive(ioloop::Parcel* parcel) noexcept override;

    private:
        Call& call_;  ///< holds itself while there is one
    };

    /// How a response went.
    enum class Ending : unsigned char { complete, broken, client_gone };

    [[nodiscard]] ioloop::Ticket make_ticket();
    void arrive(ioloop::Parcel* parcel) noexcept;
    void note_head(const httputil::RequestHead& head, const httputil::Target& target);
    [[nodiscard]] bool streams() const noexcept;
    [[nodiscard]] Future<void> spool(std::string chunk);
    void dispatch();
    void waits_too_long();
    void refuse(const char* reason);
    void drop_file();
    void give_up();
    void answer(int status);
    void pump();
    [[nodiscard]] bool try_to_send(Output& output);
    [[nodiscard]] bool send(Output& output);
    void send_whole(Output& output);
    void send_file(FilePart part);
    void note_broken_file(const FilePart& part);
    void break_off();
    void hold(std::unique_ptr<Budget::Share> share);
    void wait_for(const Future<void>& room);
    void conclude();
    void log_access();

    httputil::HTTPConnection& exchange_;
    WorkerPool& workers_;
    const WSGIContainerOptions& options_;
    std::shared_ptr<Job> job_;
    httputil::ExchangeRef self_;  ///< while a thread has the job
    int status_ = 0;              ///< of the response, once it has begun
    Ending ending_ = Ending::complete;
    bool spooled_ = false;  ///< some of the body is in the file
    bool dispatched_ = false;
    bool logged_ = false;
    bool waits_for_room_ = false;  ///< what was sent last is still on its way
    bool over_ = false;            ///< it is answered, or never will be
};

}  // namespace tornado::wsgi
