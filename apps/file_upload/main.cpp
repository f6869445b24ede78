// Takes files, by a form or by PUT, and shows what has come.
//
//     file_upload [--port=8888] [--folder=uploads]
#include <tornado/ioloop.hpp>
#include <tornado/options.hpp>
#include <tornado/web.hpp>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>

#include "handlers.hpp"
#include "store.hpp"

namespace ioloop = tornado::ioloop;
namespace options = tornado::options;
namespace web = tornado::web;

namespace {

constexpr std::uint64_t megabyte = 1'000'000;

/// The address as it stands in a URL.
std::string host_of(const std::string& address) {
    if (address.empty()) {
        return "localhost";
    }
    return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

void define_options() {
    options::define("address", "127.0.0.1", "listen on this address; empty for all");
    options::define("debug", false, "show errors in the answers; start again when rebuilt");
    options::define("drain_timeout", 60, "seconds that uploads have after SIGTERM");
    options::define("folder", "uploads", "where the files go; made if it is not there");
    options::define("max_file_megabytes", 4000U, "the largest file that is taken");
    options::define("max_megabytes", 20'000U, "how much all files may take together");
    options::define("port", 8888, "run on the given port");
    options::define("site", "", "the folder with the page; empty: `site` beside the program");
    options::define("xheaders", false, "behind a proxy on this machine: believe its headers");
}

/// The folder with the page. Throws when it is not there.
std::string site_folder() {
    auto folder = options::get<std::string>("site");
    if (folder.empty()) {
        folder = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "site";
    }
    if (!std::filesystem::is_regular_file(folder + "/index.html")) {
        throw std::runtime_error{"there is no page in " + folder + "; --site names its folder"};
    }
    return std::filesystem::canonical(folder);
}

upload::Limits limits() {
    const auto file = options::get<std::uint32_t>("max_file_megabytes");
    const auto all = options::get<std::uint32_t>("max_megabytes");
    if (file == 0 || all == 0) {
        throw std::runtime_error{"--max-file-megabytes and --max-megabytes are more than 0"};
    }
    return {file * megabyte, all * megabyte};
}

void serve() {
    upload::Store store{options::get<std::string>("folder"), limits()};
    web::Application application{
        {web::url<upload::FilesHandler>("/files", std::ref(store)),
         web::url<upload::FileHandler>("/files/(.+)", std::ref(store)),
         web::url<upload::SiteHandler>("/(.*)", site_folder())},
        {.debug = options::get<bool>("debug"),
         .xsrf_cookie_kwargs = {.samesite = "Lax"},
         .xsrf_cookies = true}};
    const auto address = options::get<std::string>("address");
    const auto& server = application.listen(
        options::get<int>("port"),
        {.address = address, .http = {.xheaders = options::get<bool>("xheaders")}}
    );
    application.drain_on_signal(
        {.timeout = std::chrono::seconds{options::get<int>("drain_timeout")}}
    );

    std::printf("Listening on http://%s:%d\n", host_of(address).c_str(), server.port());
    std::printf("Files go to %s\n", store.folder().c_str());
    std::fflush(stdout);
    ioloop::IOLoop::current().start();
}

}  // namespace

int main(int argc, char** argv) try {
    define_options();
    if (const auto rest = options::parse_command_line(argc, argv); !rest.empty()) {
        throw std::runtime_error{"what is \"" + rest.front() + "\"? (--help lists all options)"};
    }
    serve();
} catch (const std::exception& error) {
    std::fprintf(stderr, "file_upload: %s\n", error.what());
    return 1;
}
