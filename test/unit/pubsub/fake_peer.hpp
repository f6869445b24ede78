#pragma once

#include <sys/socket.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <tornado/iostream.hpp>
#include <tornado/netutil.hpp>
#include <tornado/pubsub.hpp>

#include "../../../libs/pubsub/src/frame.hpp"

/// One whom the brokers of a folder follow, and who says just what the test wants.
class FakePeer {
public:
    FakePeer(const std::string& folder, tornado::pubsub::PublisherId id)
        : id_{id},
          listener_{
              tornado::netutil::bind_unix_socket(folder + "/" + tornado::pubsub::to_string(id))},
          acceptor_{listener_.fileno(), [this](tornado::netutil::Socket connection, const auto&) {
                        ++connections_;
                        followers_.push_back(
                            std::make_unique<tornado::iostream::IOStream>(std::move(connection))
                        );
                    }} {}

    /// How many have come to follow it, and how many are there.
    [[nodiscard]] int connections() const { return connections_; }
    [[nodiscard]] std::size_t followers() const { return followers_.size(); }
    void cut() { followers_.clear(); }

    void say(const tornado::pubsub::Frame& frame) { say(tornado::pubsub::encode(frame)); }
    void say(const std::string& bytes) {
        for (const auto& follower : followers_) {
            if (!follower->closed()) {
                follower->write(bytes).ignore();
            }
        }
    }
    /// A message in "news", whose text is its number.
    void tell(std::uint64_t sequence) {
        say(news(tornado::pubsub::FrameKind::message, id_, sequence));
    }
    void tell_kept(tornado::pubsub::PublisherId publisher, std::uint64_t sequence) {
        say(news(tornado::pubsub::FrameKind::kept, publisher, sequence));
    }
    void say_synced() { say({.kind = tornado::pubsub::FrameKind::synced}); }

    static std::string news(
        tornado::pubsub::FrameKind kind,
        tornado::pubsub::PublisherId publisher,
        std::uint64_t sequence
    ) {
        return tornado::pubsub::encode(
            {.kind = kind,
             .publisher = publisher,
             .sequence = sequence,
             .topic = "news",
             .payload = std::to_string(sequence)}
        );
    }
    /// The same as it goes through Redis.
    static std::string
    through_redis(tornado::pubsub::PublisherId publisher, std::uint64_t sequence) {
        return news(tornado::pubsub::FrameKind::message, publisher, sequence)
            .substr(tornado::pubsub::frame_length_size);
    }

private:
    tornado::pubsub::PublisherId id_;
    tornado::netutil::Socket listener_;
    std::vector<std::unique_ptr<tornado::iostream::IOStream>> followers_;
    int connections_ = 0;
    tornado::netutil::Acceptor acceptor_;
};
