#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "frame.hpp"
#include "link.hpp"
#include "tornado/ioloop/alarm.hpp"
#include "tornado/iostream/acceptor.hpp"
#include "tornado/iostream/iostream.hpp"

namespace tornado::pubsub {

class BrokerCore;

/// The brokers of one machine, each connected with each: they meet in a folder, where each has a
/// UNIX socket by its id.
///
/// Who connects to a socket follows that broker: it is sent all that is kept there, and then all
/// that is published there. A broker follows each one that it finds, and each one that follows it;
/// so every message takes one way, straight from its publisher, and those who come late get what
/// the others have of those who have gone.
///
/// Where there is a Redis too, it follows nobody before Redis is listened to: what the others have
/// kept then ends where that begins, and nothing lies between.
class HostMesh final : public Link, public std::enable_shared_from_this<HostMesh> {
public:
    /// Throws as Broker's constructor does.
    explicit HostMesh(BrokerCore& core);

    void open() override;
    void close() noexcept override;
    void publish(const std::string& topic, const std::shared_ptr<const std::string>& frame)
        override;
    [[nodiscard]] bool hears(PublisherId publisher) const override;
    void redis_has_begun() override;
    [[nodiscard]] bool is_ready() const override;
    [[nodiscard]] bool is_flushed() const override;
    void count(BrokerCounters& counters) const override;

private:
    using Encoded = std::shared_ptr<const std::string>;
    /// One who is sent what is published here.
    struct Follower {
        iostream::IOStream stream;
        std::deque<Encoded> waiting = {};  ///< until what was kept has been sent
        std::size_t waiting_bytes = 0;
        bool live = false;
        ioloop::TimePoint came = {};
    };
    /// One who sends us what is published there.
    struct Source {
        PublisherId id;
        iostream::IOStream stream = {};
        bool synced = false;   ///< all that was kept has come
        bool settled = false;  ///< it has once, or will not
        ioloop::TimePoint trying_since;
        /// Since when other machines were heard when this connection began.
        std::chrono::milliseconds heard_since = std::chrono::milliseconds::max();
    };
    struct Following {
        std::shared_ptr<Source> source;
        std::optional<Future<void>> running;
    };
    enum class End : std::uint8_t { lost, failed, gone };
    struct Rescan : ioloop::Alarm {
        explicit Rescan(HostMesh& its)
            : Alarm{[](Alarm& alarm) { static_cast<Rescan&>(alarm).mesh.scan(); }},
              mesh{its} {}
        HostMesh& mesh;
    };

    void check_folder() const;
    void listen();
    void receive_others();
    void come_back_to_folder();
    void scan();
    [[nodiscard]] std::string path_of(PublisherId id) const;

    void accept(netutil::Socket connection);
    static Future<void> serve(std::shared_ptr<HostMesh> self, std::shared_ptr<Follower> follower);
    static Future<void>
    send_kept(std::shared_ptr<HostMesh> self, std::shared_ptr<Follower> follower);
    static Future<void>
    send_messages(std::shared_ptr<Follower> follower, std::vector<Message> kept);
    static Future<void>
    send_last_numbers(std::shared_ptr<HostMesh> self, std::shared_ptr<Follower> follower);
    static Future<void> vouch(std::shared_ptr<HostMesh> self, std::shared_ptr<Follower> follower);
    void send(Follower& follower, const Encoded& frame);
    void cut_off(Follower& follower);

    void follow(PublisherId id);
    static Future<void>
    keep_following(std::shared_ptr<HostMesh> self, std::shared_ptr<Source> source);
    static Future<End> hear(std::shared_ptr<HostMesh> self, std::shared_ptr<Source> source);
    void take(Source& source, const Frame& frame);
    void take_over(const Source& source, std::string_view since);
    void settle(Source& source);

    BrokerCore& core_;  ///< until close()
    std::string folder_;
    pid_t maker_;  ///< a process that was forked from it leaves the folder alone
    netutil::Socket listener_;
    std::optional<netutil::Acceptor> acceptor_;
    std::vector<std::shared_ptr<Follower>> followers_;
    std::map<PublisherId, Following> sources_;
    Rescan rescan_;
    std::uint64_t cut_off_ = 0;
    ioloop::TimePoint quiet_until_;  ///< no line about those that do not read
    bool has_begun_ = false;         ///< to follow others
    bool is_lost_ = false;           ///< it cannot be in the folder, and that has been told
    bool closed_ = false;
};

}  // namespace tornado::pubsub
