// Fetches a page and all below it that its links lead to, ten at a time.
//
//     webspider [--concurrency=10] [http://www.tornadoweb.org/en/stable/]
//
// It ends with 0 when all could be fetched, with 1 when not, and with 2 for a mistake on the
// command line.
#include <tornado/escape.hpp>
#include <tornado/gen.hpp>
#include <tornado/httpclient.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/options.hpp>
#include <tornado/queues.hpp>

#include <cctype>
#include <chrono>
#include <cstdio>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace escape = tornado::escape;
namespace gen = tornado::gen;
namespace httpclient = tornado::httpclient;
namespace ioloop = tornado::ioloop;
namespace options = tornado::options;
namespace queues = tornado::queues;
using tornado::Future;
using namespace std::chrono_literals;

/// Where the `word` of a tag or attribute begins, in whatever case, with a space after "<a"; npos
/// if nowhere.
std::size_t find_word(std::string_view html, std::string_view word, std::size_t from) {
    for (; from + word.size() <= html.size(); ++from) {
        std::size_t i = 0;
        while (i < word.size()) {
            const auto c = static_cast<unsigned char>(html[from + i]);
            const bool same = word[i] == ' ' ? std::isspace(c) != 0 : std::tolower(c) == word[i];
            if (!same) {
                break;
            }
            ++i;
        }
        if (i == word.size()) {
            return from;
        }
    }
    return html.npos;
}

/// The value of an attribute, which begins behind its "=".
std::string_view attribute(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (text.starts_with('"') || text.starts_with('\'')) {
        return text.substr(1, text.find(text.front(), 1) - 1);
    }
    return text.substr(0, text.find_first_of(" \t\r\n>"));
}

/// What the page's <a href="..."> lead to, without fragments.
std::vector<std::string> links_of(const std::string& url, std::string_view html) {
    std::vector<std::string> links;
    for (auto tag = find_word(html, "<a ", 0); tag != html.npos;
         tag = find_word(html, "<a ", tag + 1)) {
        const auto inside = html.substr(tag, html.find('>', tag) - tag);
        const auto href = find_word(inside, " href", 0);
        const auto equals = inside.find('=', std::min(href, inside.size()));
        if (equals != inside.npos) {
            const auto target = escape::xhtml_unescape(attribute(inside.substr(equals + 1)));
            links.push_back(httpclient::resolve_url(url, target.substr(0, target.find('#'))));
        }
    }
    return links;
}

/// Ten workers and the queue that feeds them.
class Spider {
public:
    explicit Spider(std::string base) : base_{std::move(base)} {}

    /// Whether all could be fetched.
    Future<bool> run(int workers) {
        const auto began = std::chrono::steady_clock::now();
        queue_.put_nowait(base_);
        Workers working;
        for (int i = 0; i < workers; ++i) {
            working.all.push_back(work());
        }
        co_await queue_.join(300s);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
        std::printf("Done in %.1f seconds, fetched %zu URLs.\n", took.count(), fetched_.size());
        for (const auto& url : dead_) {
            std::printf("Unable to fetch %s\n", url.c_str());
        }
        co_return dead_.empty();
    }

private:
    /// Cancels them when it goes, as they use what goes after it.
    struct Workers {
        Workers() = default;
        Workers(const Workers&) = delete;
        Workers& operator=(const Workers&) = delete;
        ~Workers() {
            for (const auto& worker : all) {
                worker.ignore().cancel();
            }
        }
        std::vector<Future<void>> all;
    };

    Future<void> work() {
        while (true) {
            const auto url = co_await queue_.get();
            const queues::TaskGuard task{queue_};
            try {
                co_await visit(url);
            } catch (const std::exception& error) {
                std::printf("Exception: %s %s\n", error.what(), url.c_str());
                dead_.insert(url);
            }
        }
    }

    Future<void> visit(std::string url) {
        if (!known_.insert(url).second) {
            co_return;
        }
        std::printf("fetching %s\n", url.c_str());
        const auto response = co_await client_.fetch(url);
        fetched_.insert(url);
        for (auto& link : links_of(response.effective_url(), response.body)) {
            if (link.starts_with(base_)) {  // only what lies below
                queue_.put_nowait(std::move(link));
            }
        }
    }

    std::string base_;
    httpclient::AsyncHTTPClient client_;
    queues::Queue<std::string> queue_;
    std::set<std::string> known_;
    std::set<std::string> fetched_;
    std::set<std::string> dead_;
};

int main(int argc, char** argv) try {
    options::define("base_url", "http://www.tornadoweb.org/en/stable/", "where to begin");
    options::define("concurrency", 10, "how many pages to fetch at a time");
    const auto urls = options::parse_command_line(argc, argv);
    const auto workers = options::get<int>("concurrency");
    if (urls.size() > 1) {
        throw options::Error{"name only one URL to begin with"};
    }
    if (workers < 1) {
        throw options::Error{"--concurrency is 1 or more"};
    }
    Spider spider{urls.empty() ? options::get<std::string>("base_url") : urls.front()};
    return ioloop::IOLoop::current().run_sync([&] { return spider.run(workers); }) ? 0 : 1;
} catch (const options::Error& error) {
    std::fprintf(stderr, "webspider: %s (--help lists the options)\n", error.what());
    return 2;
} catch (const std::exception& error) {
    std::fprintf(stderr, "webspider: %s\n", error.what());
    return 1;
}
