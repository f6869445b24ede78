#pragma once

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <tornado/ioloop.hpp>
#include <tornado/web/static_file_handler.hpp>
#include <utility>

#include "support.hpp"

namespace fs = std::filesystem;

inline const std::string robots = "User-agent: *\nDisallow: /\n";

/// A folder with files, served at /static/, and what is beside it.
struct StaticTest : WebTest {
    StaticTest() {
        std::string name = (fs::temp_directory_path() / "static_XXXXXX").string();
        folder = ::mkdtemp(name.data());
        root = folder / "root";
        fs::create_directories(root / "dir" / "sub");
        make("root/robots.txt", robots);
        make("root/dir/index.html", "this is the index\n");
        make("root/large.bin", large());
        make("root/empty.txt", "");
        make("root/a b\xc3\xa9.txt", "named");
        make("secret.txt", "secret");
        make("root-beside/file.txt", "beside");
        settings.static_path = root.string();
        web::StaticFileHandler::reset();
    }
    ~StaticTest() override { fs::remove_all(folder); }

    void make(const fs::path& path, std::string_view content) {
        fs::create_directories((folder / path).parent_path());
        std::ofstream{folder / path, std::ios::binary} << content;
    }
    static std::string large() {
        std::string bytes;
        for (int i = 0; bytes.size() < 3'000'000; ++i) {
            bytes += std::to_string(i) + ",";
        }
        return bytes;
    }

    /// A GET, after a HEAD that must have the same head.
    testing::HTTPResponse
    get_and_head(std::string_view path, const httputil::HTTPHeaders& headers = {}) {
        auto head = get(path, headers, "HEAD");
        auto response = get(path, headers);
        BOOST_TEST(head.body == "");
        BOOST_TEST(head.code == response.code);
        auto own = response.headers;
        for (const std::string_view name : {"Date", "Expires"}) {
            head.headers.remove(name);
            own.remove(name);
        }
        BOOST_TEST(head.headers.to_string() == own.to_string());
        return response;
    }
    testing::HTTPResponse
    range(std::string_view value, std::string_view path = "/static/robots.txt") {
        return get(path, {{"Range", value}});
    }
    /// How many descriptors of files below the folder this process has.
    int open_files() const {
        int count = 0;
        for (const auto& entry : fs::directory_iterator{"/proc/self/fd"}) {
            std::error_code gone;
            const auto target = fs::read_symlink(entry.path(), gone).string();
            count += target.starts_with(folder.string()) ? 1 : 0;
        }
        return count;
    }
    testing::ExpectLog expect_refusal() {
        return testing::ExpectLog{
            logging::gen_log(), "^403 ", {.level = logging::Level::warning, .required = false}};
    }

    fs::path folder;
    fs::path root;
};

/// An executor that counts its calls.
class CountingExecutor final : public tornado::ioloop::Executor {
public:
    void submit(Work work) override {
        ++calls;
        pool_.submit(std::move(work));
    }
    int calls = 0;

private:
    tornado::ioloop::ThreadPoolExecutor pool_{1};
};
