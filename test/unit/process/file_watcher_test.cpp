#include "../../../libs/process/src/file_watcher.hpp"

#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <stdexcept>

#include "subprocess_support.hpp"

namespace {

using tornado::process::FileWatcher;
using tornado::process::watched_path;
using namespace std::chrono_literals;

/// As long as it lives the process gets no more descriptors.
class NoDescriptors {
public:
    NoDescriptors() {
        ::getrlimit(RLIMIT_NOFILE, &former_);
        auto none = former_;
        none.rlim_cur = 0;
        ::setrlimit(RLIMIT_NOFILE, &none);
    }
    ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &former_); }
    NoDescriptors(const NoDescriptors&) = delete;
    NoDescriptors& operator=(const NoDescriptors&) = delete;

private:
    rlimit former_{};
};

BOOST_FIXTURE_TEST_SUITE(file_watcher, ProcessFixture)

BOOST_AUTO_TEST_CASE(it_goes_on_looking_after_its_function_has_thrown) {
    LogCapture log;
    const auto path =
        std::filesystem::temp_directory_path() / ("watched-" + std::to_string(::getpid()));
    std::ofstream{path} << "before";
    int calls = 0;
    FileWatcher* made = nullptr;  // and no more, as UBSan needs descriptors to look at objects
    {
        const NoDescriptors without_inotify;
        made = new FileWatcher{loop, 1ms, [&](const auto&) {
                                   if (++calls == 1) {
                                       throw std::runtime_error{"not now"};
                                   }
                                   return true;
                               }};
    }
    const std::shared_ptr<FileWatcher> watcher{made};
    watcher->start();
    watcher->watch(watched_path(path.string()));
    std::ofstream{path} << "another text";
    until([&] { return calls == 2; });
    watcher->stop();
    std::filesystem::remove(path);
    BOOST_TEST(log.count("not now") == 1);
}

BOOST_AUTO_TEST_CASE(a_path_that_vanishes_is_logged_once_and_waited_for) {
    LogCapture log;
    const TemporaryFolder folder;
    const auto file = folder / "file";
    std::ofstream{file} << "before";
    std::filesystem::create_directory(folder / "directory");
    std::vector<std::string> changed;
    const auto watcher = std::make_shared<FileWatcher>(loop, 1ms, [&](const auto& paths) {
        changed = paths;
        return true;
    });
    watcher->start();
    watcher->watch(watched_path(file));
    watcher->watch(watched_path(folder / "directory"));
    watcher->watch(watched_path(folder / "never"));
    std::filesystem::remove(file);
    std::filesystem::remove(folder / "directory");
    until([&] { return log.count(" has vanished: waiting for it") == 2; });
    BOOST_TEST(log.count(file + " has vanished") == 1);
    BOOST_TEST(changed.empty());
    std::ofstream{file} << "again";
    until([&] { return !changed.empty(); });
    BOOST_TEST((changed == std::vector{file}));
    BOOST_TEST(log.count(" has vanished") == 2);
    watcher->stop();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
