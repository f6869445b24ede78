// What tells a file that has changed from one that has not, and what of it is read again.
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "static_file_support.hpp"

namespace {

int sendfile_calls = 0;
int pread_calls = 0;

}  // namespace

// In place of the system's, for the whole program.
extern "C" ssize_t sendfile(int out, int in, off_t* offset, size_t count) noexcept {
    ++sendfile_calls;
    return ::syscall(SYS_sendfile, out, in, offset, count);
}
extern "C" ssize_t pread(int file, void* into, size_t size, off_t offset) {
    ++pread_calls;
    return ::syscall(SYS_pread64, file, into, size, offset);
}

BOOST_AUTO_TEST_SUITE(static_file_identity)

struct IdentityTest : StaticTest {
    /// What is sent after the time for which a look counts.
    testing::HTTPResponse later(std::string_view path, const httputil::HTTPHeaders& headers = {}) {
        time.advance(2s);
        return get(path, headers);
    }
    timespec modified(const fs::path& path) const {
        struct stat status {};
        BOOST_TEST_REQUIRE(::stat((root / path).c_str(), &status) == 0);
        return status.st_mtim;
    }
    void set_modified(const fs::path& path, timespec when) const {
        const timespec times[2] = {when, when};
        BOOST_TEST_REQUIRE(::utimensat(AT_FDCWD, (root / path).c_str(), times, 0) == 0);
    }
    testing::VirtualTime time{io_loop()};
};

BOOST_FIXTURE_TEST_CASE(other_bytes_of_the_same_size_and_time_are_noticed, IdentityTest) {
    const auto before = get("/static/robots.txt");
    const auto when = modified("robots.txt");
    make("root/robots.txt", std::string(robots.size(), 'x'));
    set_modified("robots.txt", when);
    const auto after = later("/static/robots.txt");
    BOOST_TEST(after.body == std::string(robots.size(), 'x'));
    BOOST_TEST(header(after, "Etag") != header(before, "Etag"));
    BOOST_TEST(header(after, "Last-Modified") == header(before, "Last-Modified"));
}

BOOST_FIXTURE_TEST_CASE(another_file_of_the_same_size_and_time_is_noticed, IdentityTest) {
    get("/static/robots.txt");
    const auto when = modified("robots.txt");
    make("root/other.txt", std::string(robots.size(), 'y'));
    set_modified("other.txt", when);
    fs::rename(root / "other.txt", root / "robots.txt");
    BOOST_TEST(later("/static/robots.txt").body == std::string(robots.size(), 'y'));
}

BOOST_FIXTURE_TEST_CASE(what_is_compressed_beside_a_file_may_come_later, IdentityTest) {
    settings.static_file_options.precompressed = true;
    const httputil::HTTPHeaders accepting{{"Accept-Encoding", "gzip"}};
    BOOST_TEST(get("/static/robots.txt", accepting).body == robots);
    make("root/robots.txt.gz", "pretend gzip");
    BOOST_TEST(later("/static/robots.txt", accepting).body == "pretend gzip");
    fs::remove(root / "robots.txt.gz");
    BOOST_TEST(later("/static/robots.txt", accepting).body == robots);
}

BOOST_FIXTURE_TEST_CASE(a_file_that_has_not_changed_is_not_read_again, IdentityTest) {
    const auto etag = header(get("/static/large.bin"), "Etag");
    BOOST_TEST(pread_calls > 0);
    pread_calls = 0;
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(header(later("/static/large.bin", {{"If-None-Match", etag}}), "Etag") == etag);
    }
    BOOST_TEST(pread_calls == 0);
}

BOOST_FIXTURE_TEST_CASE(a_file_beyond_8_mib_keeps_its_etag_until_it_changes, IdentityTest) {
    make("root/huge.bin", std::string(std::size_t{9} << 20U, 'h'));
    const auto etag = header(get("/static/huge.bin", {}, "HEAD"), "Etag");
    BOOST_TEST(etag.size() > 10U);
    BOOST_TEST(later("/static/huge.bin", {{"If-None-Match", etag}}).code == 304);
    make("root/huge.bin", std::string(std::size_t{9} << 20U, 'i'));
    const auto changed = later("/static/huge.bin", {{"If-None-Match", etag}});
    BOOST_TEST(changed.code == 200);
    BOOST_TEST(header(changed, "Etag") != etag);
}

BOOST_FIXTURE_TEST_CASE(a_large_file_goes_from_the_kernel_to_the_socket, StaticTest) {
    sendfile_calls = 0;
    BOOST_TEST(get("/static/robots.txt").body == robots);
    BOOST_TEST(get("/static/large.bin", {}, "HEAD").body == "");
    BOOST_TEST(sendfile_calls == 0);
    const auto whole = large();
    BOOST_TEST((get("/static/large.bin").body == whole));
    BOOST_TEST(sendfile_calls > 0);
    sendfile_calls = 0;
    BOOST_TEST(
        (range("bytes=100-2000099", "/static/large.bin").body == whole.substr(100, 2'000'000))
    );
    BOOST_TEST(sendfile_calls > 0);
}

BOOST_FIXTURE_TEST_CASE(a_large_file_that_is_compressed_is_read, StaticTest) {
    settings.compress_response = true;
    make("root/large.txt", large());
    sendfile_calls = 0;
    const auto response = get("/static/large.txt", {{"Accept-Encoding", "gzip"}});
    BOOST_TEST(header(response, "Content-Encoding") == "gzip");
    BOOST_TEST(sendfile_calls == 0);
}

BOOST_AUTO_TEST_SUITE_END()
