#include "host_mesh.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "broker_core.hpp"
#include "tornado/gen.hpp"
#include "tornado/iostream/bind_sockets.hpp"
#include "tornado/iostream/errors.hpp"
#include "tornado/log.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::pubsub {

namespace fs = std::filesystem;
using iostream::StreamClosedError;

namespace {

constexpr std::chrono::seconds rescan_interval{10};
constexpr std::chrono::seconds hello_timeout{5};
constexpr std::chrono::milliseconds retry_delay{50};  // doubles as long as nothing comes of it
constexpr std::chrono::milliseconds longest_retry_delay{5'000};
/// How long Redis may take at the beginning, before others are followed without it.
constexpr std::chrono::seconds redis_patience{1};
/// How long one may take to be synced before what Redis brings of it counts.
constexpr std::chrono::seconds source_patience{10};
constexpr std::chrono::minutes cut_off_log_interval{1};
/// How much later than a follower one of this machine may hear what other machines say.
constexpr std::chrono::seconds far_patience{1};

netutil::Socket unix_socket() {
    netutil::Socket socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!socket) {
        throw std::system_error{errno, std::system_category(), "socket"};
    }
    return socket;
}

/// The id that a socket's file is named by.
std::optional<PublisherId> id_of(const std::string& name) {
    PublisherId id = 0;
    const auto* const end = name.data() + name.size();
    const auto read = std::from_chars(name.data(), end, id, 16);
    if (name.size() != 16 || read.ec != std::errc{} || read.ptr != end) {
        return std::nullopt;
    }
    return id;
}

/// People may name a folder in which other things lie; they are left alone.
bool is_socket(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

/// A socket gets its name at once; one that has not after a minute never will.
bool is_old_socket(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode) &&
           ::time(nullptr) - status.st_mtime > 60;
}

bool is_ours(const netutil::Socket& connection) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(connection.fileno(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == ::geteuid() || peer.uid == 0);
}

}  // namespace

HostMesh::HostMesh(BrokerCore& core)
    : core_{core},
      folder_{core.options().host.folder},
      maker_{::getpid()},
      rescan_{*this} {
    check_folder();
    listen();
}

/// Nobody else may put a socket there, or connect to ours.
void HostMesh::check_folder() const {
    if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) {
        throw std::system_error{errno, std::system_category(), "mkdir " + folder_};
    }
    struct stat status {};
    if (::lstat(folder_.c_str(), &status) != 0) {
        throw std::system_error{errno, std::system_category(), folder_};
    }
    if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & 077U) != 0) {
        throw std::invalid_argument{
            folder_ + " is no folder of this user alone (chmod 700), where brokers could meet"};
    }
}

std::string HostMesh::path_of(PublisherId id) const {
    return folder_ + "/" + to_string(id);
}

/// The socket gets its name when it listens, so that one which does not is that of a dead broker.
void HostMesh::listen() {
    const auto path = path_of(core_.id());
    const auto unfinished = folder_ + "/." + to_string(core_.id());
    listener_ = netutil::bind_unix_socket(unfinished);
    if (std::rename(unfinished.c_str(), path.c_str()) != 0) {
        throw std::system_error{errno, std::system_category(), "rename " + unfinished};
    }
}

/// Takes in who comes to the socket.
void HostMesh::receive_others() {
    acceptor_.emplace(listener_.fileno(), [this](netutil::Socket connection, const auto& /*peer*/) {
        accept(std::move(connection));
    });
}

/// Somebody may have tidied up: whose file is missing is found by nobody, and those who come later
/// would not hear of the others.
void HostMesh::come_back_to_folder() {
    if (::getpid() != maker_ || is_socket(path_of(core_.id()))) {
        return;
    }
    try {
        check_folder();
        acceptor_.reset();
        listen();
        receive_others();
    } catch (const std::exception& error) {
        if (!std::exchange(is_lost_, true)) {
            log::gen_log().warning(
                "Brokers of this machine no longer find this one in ", folder_, ": ", error.what()
            );
        }
        return;
    }
    is_lost_ = false;
}

void HostMesh::open() {
    receive_others();
    if (core_.options().redis.url.empty()) {
        scan();
    } else {
        rescan_.set(core_.loop(), core_.loop().time_after(redis_patience));
    }
}

void HostMesh::redis_has_begun() {
    if (!has_begun_ && !closed_) {
        scan();
    }
}

void HostMesh::close() noexcept {
    if (std::exchange(closed_, true)) {
        return;
    }
    rescan_.unset();
    acceptor_.reset();
    listener_.close();
    if (::getpid() == maker_) {
        ::unlink(path_of(core_.id()).c_str());
    }
    for (const auto& follower : followers_) {
        follower->stream.close();
    }
    for (const auto& [id, following] : std::exchange(sources_, {})) {
        following.source->stream.close();
        if (following.running) {
            following.running->cancel();
        }
    }
}

void HostMesh::scan() {
    const bool is_first = !std::exchange(has_begun_, true);
    come_back_to_folder();
    std::error_code error;
    for (fs::directory_iterator entry{folder_, error}, end; !error && entry != end;
         entry.increment(error)) {
        const auto path = entry->path().string();
        const auto name = entry->path().filename().string();
        const auto id = id_of(name);
        if (id && is_socket(path)) {
            follow(*id);
        } else if (name.starts_with('.') && id_of(name.substr(1)) && is_old_socket(path)) {
            ::unlink(path.c_str());  // of one that died before it got its name
        }
    }
    rescan_.set(core_.loop(), core_.loop().time_after(rescan_interval));
    if (is_first && is_ready()) {
        core_.host_is_ready();
    }
}

// Who follows us

void HostMesh::accept(netutil::Socket connection) {
    if (!is_ours(connection)) {
        return;
    }
    const auto& options = core_.options();
    const iostream::StreamOptions limits{
        .max_write_buffer_size =
            std::max(options.host.max_backlog, options.max_message_size + 1024)};
    auto follower = std::make_shared<Follower>(Follower{
        .stream = iostream::IOStream{std::move(connection), limits}});
    serve(shared_from_this(), std::move(follower)).ignore();
}

Future<void> HostMesh::serve(std::shared_ptr<HostMesh> self, std::shared_ptr<Follower> follower) {
    const util::ScopeExit at_end{[&] { std::erase(self->followers_, follower); }};
    try {
        const auto hello_size = encode(Frame{.kind = FrameKind::hello}).size();
        const auto text =
            co_await gen::cancel_after(hello_timeout, follower->stream.read_bytes(hello_size));
        const auto hello = decode(std::string_view{text}.substr(frame_length_size));
        if (self->closed_ || !hello || hello->kind != FrameKind::hello) {
            co_return;
        }
        self->follow(hello->publisher);
        follower->came = self->core_.loop().time();
        self->followers_.push_back(follower);
        co_await send_kept(self, follower);
        const auto vouching = vouch(self, follower);
        vouching.ignore();
        const util::ScopeExit end_of_vouching{[&] { vouching.cancel(); }};
        const auto nothing_more = co_await follower->stream.read_bytes(1);  // until it goes
        static_cast<void>(nothing_more);
    } catch (const StreamClosedError&) {
        // It has gone, or we have.
    } catch (const ioloop::TimeoutError&) {
        // It is none of us.
    }
}

/// What is published meanwhile waits.
Future<void>
HostMesh::send_kept(std::shared_ptr<HostMesh> self, std::shared_ptr<Follower> follower) {
    co_await send_messages(follower, self->core_.kept());
    if (!self->closed_) {
        co_await send_last_numbers(self, follower);
    }
    while (!follower->waiting.empty()) {
        const auto frame = follower->waiting.front();
        follower->waiting.pop_front();
        follower->waiting_bytes -= frame->size();
        co_await follower->stream.write(*frame, frame);
    }
    follower->live = true;
    follower->stream.write(encode(Frame{.kind = FrameKind::synced}));
}

Future<void>
HostMesh::send_messages(std::shared_ptr<Follower> follower, std::vector<Message> kept) {
    const auto now = ioloop::IOLoop::current().time();
    for (const auto& message : kept) {
        const auto age =
            std::chrono::duration_cast<std::chrono::milliseconds>(now - message.arrived());
        const Frame frame{
            .kind = FrameKind::kept,
            .publisher = message.publisher(),
            .sequence = message.sequence(),
            .age = static_cast<std::uint32_t>(std::clamp<std::int64_t>(age.count(), 0, UINT32_MAX)),
            .topic = message.topic(),
            .payload = message.payload()};
        co_await follower->stream.write(encode(frame));
    }
}

Future<void>
HostMesh::send_last_numbers(std::shared_ptr<HostMesh> self, std::shared_ptr<Follower> follower) {
    const auto numbers = self->core_.last_numbers();
    for (const auto& [topic, entry] : numbers) {
        const Frame frame{
            .kind = FrameKind::spoke,
            .publisher = entry.publisher,
            .sequence = entry.sequence,
            .topic = *topic};
        co_await follower->stream.write(encode(frame));
    }
}

/// Whoever comes listens to other machines, and then gets what is kept here. Between the two may
/// lie what was under way to here at that moment: by now it has come.
Future<void> HostMesh::vouch(std::shared_ptr<HostMesh> self, std::shared_ptr<Follower> follower) {
    co_await gen::sleep(far_patience);
    if (self->closed_ || self->core_.whole_since() == std::chrono::milliseconds::max()) {
        co_return;
    }
    try {
        co_await send_messages(follower, self->core_.kept(follower->came));
        if (!self->closed_) {
            co_await send_last_numbers(self, follower);
        }
        if (!self->closed_) {
            const auto since = std::to_string(self->core_.whole_since().count());
            follower->stream.write(encode(Frame{.kind = FrameKind::whole, .payload = since}));
        }
    } catch (const StreamClosedError&) {
        // It has gone.
    }
}

void HostMesh::publish(const std::string& /*topic*/, const Encoded& frame) {
    for (const auto& follower : followers_) {
        if (!follower->stream.closed()) {
            send(*follower, frame);
        }
    }
}

void HostMesh::send(Follower& follower, const Encoded& frame) {
    if (!follower.live) {
        follower.waiting_bytes += frame->size();
        follower.waiting.push_back(frame);
        if (follower.waiting_bytes > core_.options().host.max_backlog) {
            cut_off(follower);
        }
        return;
    }
    try {
        follower.stream.write(*frame, frame);
    } catch (const iostream::StreamBufferFullError&) {
        cut_off(follower);
    } catch (const StreamClosedError&) {
        // Its coroutine learns of it.
    }
}

void HostMesh::cut_off(Follower& follower) {
    ++cut_off_;
    const auto now = core_.loop().time();
    if (now >= quiet_until_) {
        quiet_until_ = now + cut_off_log_interval;
        log::gen_log().warning(
            "A broker of this machine does not read: what is published for it is dropped until it "
            "does"
        );
    }
    follower.stream.close();
}

// Whom we follow

void HostMesh::follow(PublisherId id) {
    if (closed_ || !has_begun_ || id == core_.id() || sources_.contains(id)) {
        return;
    }
    const auto source =
        std::make_shared<Source>(Source{.id = id, .trying_since = core_.loop().time()});
    auto& following = sources_[id];
    following.source = source;
    auto running = keep_following(shared_from_this(), source);
    running.ignore();
    if (const auto still = sources_.find(id); still != sources_.end()) {
        still->second.running.emplace(std::move(running));
    }
}

Future<void>
HostMesh::keep_following(std::shared_ptr<HostMesh> self, std::shared_ptr<Source> source) {
    auto end = End::lost;
    auto delay = retry_delay;
    while (end != End::gone && !self->closed_) {
        end = co_await hear(self, source);
        const bool was_synced = std::exchange(source->synced, false);
        if (end != End::gone && !self->closed_) {
            if (was_synced) {
                source->trying_since = self->core_.loop().time();
                delay = retry_delay;
            }
            co_await gen::sleep(delay);
            delay = std::min(delay * 2, longest_retry_delay);
        }
    }
    if (!self->closed_) {
        self->settle(*source);
        self->sources_.erase(source->id);
    }
}

/// Follows over one connection.
Future<HostMesh::End>
HostMesh::hear(std::shared_ptr<HostMesh> self, std::shared_ptr<Source> source) {
    const auto path = self->path_of(source->id);
    const auto address = netutil::Address::unix_path(path);
    std::error_code refused;
    try {
        source->stream = iostream::IOStream{unix_socket()};
        co_await source->stream.connect(address);
    } catch (const StreamClosedError& error) {
        refused = error.real_error();
    } catch (const std::system_error& error) {
        refused = error.code();
    }
    if (self->closed_) {
        co_return End::gone;
    }
    if (refused == std::errc::connection_refused) {
        if (is_socket(path)) {
            ::unlink(path.c_str());  // it has died
        }
        co_return End::gone;
    }
    if (refused) {
        co_return refused == std::errc::no_such_file_or_directory ? End::gone : End::failed;
    }
    source->heard_since = self->core_.far_since();
    const auto hello = encode(Frame{.kind = FrameKind::hello, .publisher = self->core_.id()});
    FrameReader reader{self->core_.options().max_message_size};
    try {
        co_await source->stream.write(hello);
        while (!self->closed_ && reader.good()) {
            const auto bytes = co_await source->stream.read_bytes(65'536, true);
            reader.feed(bytes);
            const auto skipped = reader.skipped();
            for (auto frame = reader.next(); frame && !self->closed_; frame = reader.next()) {
                self->take(*source, *frame);
            }
            if (reader.skipped() != skipped && !self->closed_) {
                self->core_.count_malformed("a broker with a larger max_message_size");
            }
        }
    } catch (const StreamClosedError&) {
        co_return End::lost;
    }
    if (!self->closed_) {
        self->core_.count_malformed("a broker of this machine");
    }
    source->stream.close();
    co_return End::lost;
}

void HostMesh::take(Source& source, const Frame& frame) {
    if (frame.kind == FrameKind::synced) {
        source.synced = true;
        settle(source);
    } else if (frame.kind == FrameKind::whole) {
        take_over(source, frame.payload);
    } else if (frame.kind != FrameKind::hello) {
        try {
            if (frame.kind == FrameKind::spoke) {
                core_.receive_last_number(frame);
            } else {
                core_.receive(frame, false);
            }
        } catch (const std::invalid_argument&) {
            core_.count_malformed("a broker of this machine");  // the topic is none
        }
    }
}

void HostMesh::take_over(const Source& source, std::string_view since) {
    std::int64_t count = 0;
    const auto* const end = since.data() + since.size();
    const auto read = std::from_chars(since.data(), end, count);
    if (read.ec == std::errc{} && read.ptr == end && count >= 0) {
        core_.take_over(source.heard_since, std::chrono::milliseconds{count});
    } else {
        core_.count_malformed("a broker of this machine");
    }
}

void HostMesh::settle(Source& source) {
    if (!std::exchange(source.settled, true) && is_ready()) {
        core_.host_is_ready();
    }
}

/// Who is not heard at the moment sends all that it has kept when it is.
bool HostMesh::hears(PublisherId publisher) const {
    const auto found = sources_.find(publisher);
    if (found == sources_.end()) {
        return false;
    }
    const auto& source = *found->second.source;
    return source.synced || core_.loop().time() - source.trying_since < source_patience;
}

bool HostMesh::is_ready() const {
    return has_begun_ && std::ranges::all_of(sources_, [](const auto& each) {
               return each.second.source->settled;
           });
}
bool HostMesh::is_flushed() const {
    return std::ranges::none_of(followers_, [](const auto& follower) {
        return !follower->waiting.empty() || follower->stream.writing();
    });
}

void HostMesh::count(BrokerCounters& counters) const {
    counters.host_peers += static_cast<std::size_t>(
        std::ranges::count_if(sources_, [](const auto& each) { return each.second.source->synced; })
    );
    counters.host_cut_off += cut_off_;
}

}  // namespace tornado::pubsub
