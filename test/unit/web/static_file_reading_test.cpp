#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <tornado/http1connection/server_connection.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/iostream/memory_pair.hpp>
#include <utility>
#include <vector>

#include "static_file_support.hpp"

// How they are opened, read and sent.
BOOST_AUTO_TEST_SUITE(static_files)

/// What the kernel has of a file.
enum class Kept { nothing, something, all };

/// Lets the kernel forget a file, as far as it does so.
Kept make_cold(const fs::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    ::fdatasync(file);
    ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    const auto size = fs::file_size(path);
    auto* const pages = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0);
    ::close(file);
    BOOST_REQUIRE(pages != MAP_FAILED);
    std::vector<unsigned char> kept(size / 4'096 + 1);
    BOOST_REQUIRE(::mincore(pages, size, kept.data()) == 0);
    ::munmap(pages, size);
    kept.resize((size + 4'095) / 4'096);
    const auto count = std::count_if(kept.begin(), kept.end(), [](auto page) { return page & 1; });
    return count == 0                                       ? Kept::nothing
           : static_cast<std::size_t>(count) == kept.size() ? Kept::all
                                                            : Kept::something;
}

BOOST_FIXTURE_TEST_CASE(that_the_kernel_has_to_read_are_read_by_the_executor, StaticTest) {
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    const auto executor = std::make_shared<CountingExecutor>();
    io_loop().set_default_executor(executor);
    bool was_cold = false;
    bool was_read_elsewhere = false;
    // A fast disk may be done before anybody sees that it has to read: then again.
    for (int attempt = 0; attempt < 50 && !was_read_elsewhere; ++attempt) {
        time.advance(2s);                      // what is known of a file counts for a second
        get("/static/large.bin", {}, "HEAD");  // it is found, and not sent
        BOOST_TEST(std::exchange(executor->calls, 0) > 0);
        const auto kept = make_cold(root / "large.bin");
        BOOST_TEST(get("/static/large.bin").body == large());
        was_cold = was_cold || kept == Kept::nothing;
        was_read_elsewhere = executor->calls > 0;
        BOOST_TEST(!(was_read_elsewhere && kept == Kept::all));
    }
    BOOST_TEST((was_read_elsewhere || !was_cold));  // a file in memory is never cold
    executor->calls = 0;
    BOOST_TEST(get("/static/large.bin").body == large());
    BOOST_TEST(executor->calls == 0);
    io_loop().set_default_executor(nullptr);
}

BOOST_FIXTURE_TEST_CASE(leave_the_loop_to_others_however_fast_a_client_takes_them, StaticTest) {
    constexpr std::uint64_t size = 16'000'000;
    make("root/huge.bin", std::string(size, 'x'));
    const auto app = get_app();
    // What has been found out about a file counts for a second.
    const testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    const tornado::http1connection::HTTP1ConnectionParameters parameters;
    tornado::http1connection::ConnectionSet connections;
    const auto connect = [&](std::size_t capacity) {
        auto pair = iostream::memory_pair({.capacity = capacity});
        tornado::http1connection::serve(pair.second.release(), {}, parameters, *app, connections);
        return pair;
    };
    auto greedy = connect(2 * size);  // takes all that comes at once
    auto other = connect(65'536);
    const auto huge_request = request_for("/static/huge.bin");
    const auto small_request = request_for("/static/robots.txt");
    const auto read_both = [&]() -> Future<void> {
        co_await greedy.first.write(huge_request);
        co_await other.first.write(small_request);
        co_await other.first.read_until(robots);
    };
    const auto read_rest = [&]() -> Future<void> {
        co_await greedy.first.read_until("\r\n\r\n");
        co_await greedy.first.read_bytes(size);
    };
    run(read_both);
    run(read_rest);
    // Now both are known and in the kernel's memory: nothing waits for another thread.
    const auto before = greedy.to_first.written();
    run(read_both);
    const auto meanwhile = greedy.to_first.written() - before;
    BOOST_TEST(meanwhile > 0U);
    BOOST_TEST(meanwhile < size);
    run(read_rest);
}

BOOST_FIXTURE_TEST_CASE(may_take_a_slow_client_longer_than_a_handler_may, StaticTest) {
    constexpr std::size_t size = 32 * 1024 * 1024;
    make("root/huge.bin", std::string(size, 'x') + "end");
    settings.handler_timeout = 2s;
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    auto connection = connect();
    connection.send(request_for("/static/huge.bin", "Connection: close\r\n"));
    auto seen = connection.read_bytes(100'000);
    for (int second = 0; second < 10; ++second) {
        time.advance(1s);
        seen += connection.read_bytes(2 * 1024 * 1024);
    }
    time.advance(30s);
    seen += connection.read_until_close();
    BOOST_TEST(seen.size() > size);
    BOOST_TEST(seen.ends_with("end"));
}

BOOST_FIXTURE_TEST_CASE(that_shrink_while_they_are_sent_break_the_response_off, StaticTest) {
    constexpr std::size_t size = 32 * 1024 * 1024;
    make("root/shrinking.bin", std::string(size, 'x'));
    const testing::ExpectLog log{
        logging::gen_log(), "shrinking.bin has become shorter", {.level = logging::Level::warning}};
    auto connection = connect();
    connection.send(request_for("/static/shrinking.bin"));
    static_cast<void>(connection.read_bytes(100'000));
    fs::resize_file(root / "shrinking.bin", size * 3 / 4);  // the kernel holds less of it
    BOOST_CHECK_THROW(static_cast<void>(connection.read_bytes(size)), iostream::StreamClosedError);
    BOOST_TEST(get("/static/robots.txt").code == 200);
}

BOOST_FIXTURE_TEST_CASE(that_end_before_what_was_promised_break_the_response_off, StaticTest) {
    struct Promising : web::RequestHandler {
        explicit Promising(int open_file) : file{open_file} {}
        Future<void> get() {
            set_header("Content-Length", 100);
            return write_file(file, 0, 100);
        }
        int file;
    };
    const int file = ::open((root / "robots.txt").c_str(), O_RDONLY);
    routes.push_back(web::url<Promising>("/promise", file));
    const auto response = fetch_raw(request_for("/promise"));
    ::close(file);
    BOOST_TEST(response.ends_with(robots));  // 26 bytes, and the connection's end
}

BOOST_FIXTURE_TEST_CASE(that_have_an_owner_stay_open_until_they_have_gone, StaticTest) {
    constexpr std::size_t size = 32 * 1024 * 1024;
    struct Owning : web::RequestHandler {
        explicit Owning(std::string from) : path{std::move(from)} {}
        Future<void> get() {
            const auto file = std::make_shared<const tornado::netutil::Socket>(
                ::open(path.c_str(), O_RDONLY | O_CLOEXEC)
            );
            set_header("Content-Length", size);
            write_file(file->fileno(), 0, size, file).ignore();
            BOOST_TEST(file.use_count() == 2);
            return Future<void>::ready();
        }
        std::string path;
    };
    make("root/owned.bin", std::string(size, 'x'));
    routes.push_back(web::url<Owning>("/owned", (root / "owned.bin").string()));
    BOOST_TEST(get("/owned").body.size() == size);
}

BOOST_FIXTURE_TEST_CASE(that_are_not_open_are_refused_with_an_owner_and_without, StaticTest) {
    struct Closed : web::RequestHandler {
        Future<void> get() {
            const auto owner = std::make_shared<int>(0);
            BOOST_CHECK_THROW(write_file(-1, 0, 100, owner), std::system_error);
            BOOST_CHECK_THROW(write_file(-1, 0, 100), std::system_error);
            return Future<void>::ready();
        }
    };
    routes.push_back(web::url<Closed>("/closed"));
    BOOST_TEST(get("/closed").code == 200);
}

// Descriptors

/// While one lives, the process may have no more descriptors than it says.
class DescriptorLimit {
public:
    explicit DescriptorLimit(rlim_t most) {
        ::getrlimit(RLIMIT_NOFILE, &former_);
        const rlimit limit{most, former_.rlim_max};
        BOOST_TEST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
    }
    DescriptorLimit(const DescriptorLimit&) = delete;
    DescriptorLimit& operator=(const DescriptorLimit&) = delete;
    ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &former_); }

private:
    rlimit former_{};
};

/// The number that the next descriptor would have: with that as the limit there is none.
rlim_t next_descriptor() {
    const int next = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
    BOOST_TEST_REQUIRE(next >= 0);
    ::close(next);
    return static_cast<rlim_t>(next);
}

BOOST_FIXTURE_TEST_CASE(for_which_there_is_no_descriptor_are_a_503_and_never_a_404, StaticTest) {
    auto connection = connect();
    const auto code = [&](std::string_view path) {
        connection.send(request_for(path));
        return connection.read_response().code;
    };
    BOOST_TEST(code("/static/nothing.txt") == 404);
    {
        const testing::ExpectLog log{
            logging::gen_log(),
            "^503 .*robots.txt: Too many open files",
            {.level = logging::Level::warning}};
        const DescriptorLimit none{next_descriptor()};
        BOOST_TEST(code("/static/robots.txt") == 503);
        BOOST_TEST(code("/static/nothing.txt") == 404);
    }
    BOOST_TEST(code("/static/robots.txt") == 200);
}

BOOST_FIXTURE_TEST_CASE(that_nobody_reads_give_their_descriptors_to_others, StaticTest) {
    for (const std::string name : {"1", "2", "3"}) {
        make("root/" + name, std::string(100'000, 'x'));
    }
    auto connection = connect();
    const auto code = [&](std::string_view path) {
        connection.send(request_for(path));
        return connection.read_response().code;
    };
    BOOST_TEST(code("/static/1") == 200);
    BOOST_TEST(code("/static/2") == 200);
    BOOST_TEST(open_files() == 2);
    const DescriptorLimit none{next_descriptor()};
    BOOST_TEST(code("/static/3") == 200);
    BOOST_TEST(code("/static/robots.txt") == 200);
    BOOST_TEST(open_files() <= 1);
}

BOOST_FIXTURE_TEST_CASE(hold_a_quarter_of_the_descriptors_at_most, StaticTest) {
    constexpr int most = 64;
    const DescriptorLimit limit{4 * most};
    auto connection = connect();
    for (int i = 0; i < 2 * most; ++i) {
        const auto name = std::to_string(i);
        make("root/" + name, std::string(70'000, 'x'));
        connection.send(request_for("/static/" + name));
        BOOST_TEST(connection.read_response().code == 200);
        BOOST_TEST(open_files() <= most);
    }
    BOOST_TEST(open_files() == most);  // the oldest has gone, not all of them
}

BOOST_FIXTURE_TEST_CASE(that_nobody_asks_for_any_more_are_closed_in_time, StaticTest) {
    testing::VirtualTime time{io_loop()};
    BOOST_TEST(get("/static/large.bin").code == 200);
    fs::remove(root / "large.bin");
    BOOST_TEST(open_files() == 1);
    run([] { return gen::sleep(50s); });
    BOOST_TEST(open_files() == 1);
    run([] { return gen::sleep(30s); });
    BOOST_TEST(open_files() == 0);
}

/// Asks for one file by many at once.
struct Impatient : web::StaticFileHandler {
    using StaticFileHandler::StaticFileHandler;
    Future<void> get(std::string path) {
        std::vector<Future<std::optional<std::string>>> all;
        for (int i = 0; i < 20; ++i) {
            all.push_back(validate_absolute_path(root(), get_absolute_path(root(), path)));
        }
        for (auto& each : all) {
            co_await each;
        }
        co_await StaticFileHandler::get(path);
    }
};

BOOST_FIXTURE_TEST_CASE(that_many_ask_for_at_once_are_read_once, StaticTest) {
    const auto executor = std::make_shared<CountingExecutor>();
    io_loop().set_default_executor(executor);
    testing::VirtualTime time{io_loop()};  // nothing is old
    routes.push_back(web::url<Impatient>("/impatient/(.*)", root.string()));
    BOOST_TEST(get("/impatient/robots.txt").body == robots);
    BOOST_TEST(executor->calls == 1);
    io_loop().set_default_executor(nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
