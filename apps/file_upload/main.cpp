// Takes files, by a form or by PUT, and shows what has come.
//
//     file_upload [--port=8888] [--folder=uploads]
#include <tornado/ioloop.hpp>
#include <tornado/options.hpp>
#include <tornado/util/call_stack.hpp>
#include <tornado/web.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>

#include "handlers.hpp"
#include "site.hpp"
#include "store.hpp"

namespace ioloop = tornado::ioloop;
namespace options = tornado::options;
namespace web = tornado::web;

namespace {

constexpr std::uint64_t megabyte = 1'000'000;

void define_options() {
    options::define("address", "127.0.0.1", "listen on this address; empty for all");
    options::define("debug", false, "show errors in the answers; start again when rebuilt");
    options::define("drain_timeout", 60, "seconds that uploads have after SIGTERM");
    options::define("folder", "uploads", "where the files go; made if it is not there");
    options::define(
        "max_file_megabytes", 4000U, "the largest file that is taken; at most what all may take"
    );
    options::define("max_megabytes", 20'000U, "how much all files may take together");
    options::define<std::uint16_t>("port", 8888, "run on the given port");
    options::define("site", "", "the folder with the page; empty: `site` beside the program");
    options::define("xheaders", false, "behind a proxy on this machine: believe its headers");
}

upload::Limits limits() {
    const auto file = options::get<std::uint32_t>("max_file_megabytes");
    const auto all = options::get<std::uint32_t>("max_megabytes");
    if (file == 0 || all == 0) {
        throw options::Error{"--max-file-megabytes and --max-megabytes are more than 0"};
    }
    return {std::min(file, all) * megabyte, all * megabyte};
}

void serve() {
    upload::Store store{options::get<std::string>("folder"), limits()};
    const auto site_folder = site::site_folder(options::get<std::string>("site"));
    web::Application application{
        {web::url<upload::FilesHandler>("/files", std::ref(store)),
         web::url<upload::FileHandler>("/files/(.+)", std::ref(store)),
         web::url<site::SiteHandler>("/(.*)", site_folder)},
        {.debug = options::get<bool>("debug"),
         .xsrf_cookie_kwargs = {.samesite = "Lax"},
         .xsrf_cookies = true}};
    const auto& server = application.listen(
        options::get<std::uint16_t>("port"),
        {.address = options::get<std::string>("address"),
         .http = {.xheaders = options::get<bool>("xheaders")}}
    );
    application.drain_on_signal({.timeout = site::drain_timeout()});

    std::printf("Listening on %s\n", server.url().c_str());
    std::printf("Files go to %s\n", store.folder().c_str());
    std::fflush(stdout);
    ioloop::IOLoop::current().start();
}

}  // namespace

int main(int argc, char** argv) try {
    define_options();
    options::refuse_rest(options::parse_command_line(argc, argv));
    if (options::get<bool>("debug")) {
        tornado::util::keep_call_stacks();
    }
    serve();
} catch (const options::Error& error) {
    std::fprintf(stderr, "file_upload: %s\n", error.what());
    return 2;
} catch (const std::exception& error) {
    std::fprintf(stderr, "file_upload: %s\n", error.what());
    return 1;
}
