#include <tornado/httputil/simd.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <random>
#include <string>
#include <tornado/httputil/request_head.hpp>
#include <tornado/httputil/response_head.hpp>
#include <vector>

namespace {

using namespace tornado::httputil;

/// Pages whose last byte is followed by one that nobody may touch.
class GuardedPages {
public:
    GuardedPages() {
        BOOST_TEST_REQUIRE(start_ != MAP_FAILED);
        BOOST_TEST_REQUIRE(mprotect(end(), page_, PROT_NONE) == 0);
    }
    GuardedPages(const GuardedPages&) = delete;
    ~GuardedPages() { munmap(start_, 5 * page_); }

    /// A copy of `text` that ends where the forbidden page starts.
    char* place(const std::string& text) {
        return static_cast<char*>(std::memcpy(end() - text.size(), text.data(), text.size()));
    }

private:
    char* end() { return static_cast<char*>(start_) + 4 * page_; }

    std::size_t page_ = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    void* start_ =
        mmap(nullptr, 5 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
};

std::vector<Simd> available() {
    std::vector<Simd> sets;
    const auto before = simd_in_use();
    for (const auto simd : {Simd::scalar, Simd::sse42, Simd::avx2}) {
        if (use_simd(simd)) {
            sets.push_back(simd);
        }
    }
    use_simd(before);
    return sets;
}

/// All that a parser says about `text`, as text.
std::string describe(GuardedPages& pages, const std::string& text, Simd simd) {
    use_simd(simd);
    RequestHead head;
    auto* data = pages.place(text);
    const auto result = parse_request_head(data, text.size(), head);
    std::string said = std::to_string(static_cast<int>(result.status)) + ' ' +
                       std::to_string(static_cast<int>(result.error)) + ' ' +
                       std::to_string(result.consumed);
    if (result.status == HeadStatus::complete) {
        said.append(head.method).append(1, ' ').append(head.target);
        said += std::to_string(head.version_minor) + head.headers.to_string();
    }
    ResponseHead response;
    const auto answer = parse_response_head(pages.place(text), text.size(), response);
    return said + ' ' + std::to_string(static_cast<int>(answer.status)) + ' ' +
           std::to_string(answer.consumed);
}

/// Puts the instruction set back that was in use before.
struct SimdGuard {
    Simd before = simd_in_use();
    ~SimdGuard() { use_simd(before); }
};

BOOST_AUTO_TEST_SUITE(simd)

BOOST_AUTO_TEST_CASE(the_choice_is_in_use) {
    const SimdGuard guard;
    BOOST_TEST(use_simd(Simd::scalar));
    for (const auto set : available()) {
        BOOST_TEST(use_simd(set));
        BOOST_TEST((simd_in_use() == set));
    }
}

BOOST_AUTO_TEST_CASE(no_set_reads_beyond_the_end_and_all_agree) {
    const SimdGuard guard;
    GuardedPages pages;
    std::string text = "POST /a/long/enough/path?with=query HTTP/1.1\r\nHost: example.com\r\n";
    for (int i = 0; i < 12; ++i) {
        text += "X-Field-" + std::to_string(i) + ": " +
                std::string(static_cast<std::size_t>(i) * 7, 'v') + "\r\n";
    }
    text += "\r\n";
    for (std::size_t size = 0; size <= text.size(); ++size) {
        const auto prefix = text.substr(0, size);
        const auto expected = describe(pages, prefix, Simd::scalar);
        for (const auto set : available()) {
            BOOST_TEST(describe(pages, prefix, set) == expected);
        }
    }
}

BOOST_AUTO_TEST_CASE(all_sets_agree_on_damaged_heads) {
    const SimdGuard guard;
    GuardedPages pages;
    const auto sets = available();
    std::mt19937 random{20261123};
    const std::string good =
        "GET /some/path HTTP/1.1\r\nHost: example.com\r\nAccept: text/html\r\n folded\r\n"
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101\r\nA: b\r\nC:d\r\n\r\n";
    for (int i = 0; i < 3000; ++i) {
        auto text = good;
        for (int changes = static_cast<int>(random() % 3); changes >= 0; --changes) {
            const auto at = random() % text.size();
            switch (random() % 3) {
                case 0:
                    text[at] = static_cast<char>(random() % 256);
                    break;
                case 1:
                    text.erase(at, random() % 5);
                    break;
                default:
                    text.insert(at, 1, "\r\n :\t\0a"[random() % 7]);
            }
        }
        const auto expected = describe(pages, text, Simd::scalar);
        for (const auto set : sets) {
            BOOST_TEST(describe(pages, text, set) == expected);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
