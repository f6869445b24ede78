#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "tornado/web/request_handler.hpp"
#include "tornado/web/static_content.hpp"
#include "tornado/web/static_file_options.hpp"

namespace tornado::httputil {
struct ByteRange;
}

namespace tornado::web {

/// Serves the files of a folder. The route's pattern has one group, the path below the folder.
///
///     web::url<web::StaticFileHandler>("/content/(.*)", "/var/www")
///     web::url<web::StaticFileHandler>(
///         "/(.*)", "/var/www", web::StaticFileOptions{.default_filename = "index.html"}
///     )
///
/// GET and HEAD, with Etag, Last-Modified, conditions, and ranges of one piece; several ranges at
/// once are ignored. A response to a request with the argument `v` may be cached for ten years,
/// unless `v` is one of static_url()'s and stands for another content than the file has now: then a
/// cache must ask each time.
///
/// Requests touch the disk on the loop's executor only; static_url() may read a file of up to 64
/// KiB on the loop, see get_version(). What has been found out about a file, its Etag above all, is
/// kept until its size, its dates or its inode change, which is looked at once a second at most, or
/// until nobody has asked for it for a minute, or there are more than 512 files or too few
/// descriptors. With the setting `static_hash_cache` off nothing is kept: each request reads the
/// file anew, twice. Files up to 64 KiB are kept in memory; larger ones go out by sendfile, once
/// they are in the kernel's cache. The Etag is a SHA-512 of the content, or of what tells a file
/// from others if it is larger than 8 MiB.
///
/// Nothing outside the folder is served, however the path is spelt, and through no symbolic link
/// unless StaticFileOptions::follow_symlinks is on. A folder of "/" serves all files.
///
/// Derive from it to serve other things than files, or to treat some of them differently; the
/// virtual functions are called in the order in which they stand here. Mirrors
/// `tornado.web.StaticFileHandler`; what is a class method there is a virtual function here, but
/// for make_static_url(), get_version() and reset(), which are static.
class StaticFileHandler : public RequestHandler {
public:
    /// What Cache-Control says to a request with the argument `v`: ten years.
    static constexpr std::chrono::seconds cache_max_age{315'360'000};

    explicit StaticFileHandler(std::string root, StaticFileOptions options = {});
    ~StaticFileHandler() override;

    Future<void> get(std::string path);
    Future<void> head(std::string path);

    /// Turns the path of the URL into that of a file below the folder. The default changes nothing.
    [[nodiscard]] virtual std::string parse_url_path(std::string_view url_path) const;
    /// The file's whole path. The default joins both, without "." and ".." parts.
    [[nodiscard]] virtual std::string
    get_absolute_path(std::string_view root, std::string_view path) const;
    /// The path to serve; nullopt when the request is answered already. The default throws
    /// HTTPError: 403 for what is outside `root` or no file, 404 for what is not there, or is asked
    /// for as a folder and is none, 503 for what cannot be opened just now. It finds the default
    /// file of a folder, and sends who asks for one without the slash at its end there.
    [[nodiscard]] virtual Future<std::optional<std::string>>
    validate_absolute_path(std::string root, std::string absolute_path);
    /// The content behind a path, its size, time and version: what get_content(),
    /// get_content_size(), get_modified_time() and get_content_version() are in Tornado. The
    /// default opens the file, or the precompressed one that the client wants most. Throws
    /// HTTPError as validate_absolute_path() does.
    [[nodiscard]] virtual Future<StaticContentRef> get_content(std::string absolute_path);
    /// Sets Etag, Last-Modified, Content-Type and what else goes with the content.
    virtual void set_headers();
    [[nodiscard]] std::optional<std::string> compute_etag() const override;
    /// The media type. The default goes by the end of the name.
    [[nodiscard]] virtual std::string get_content_type(std::string_view absolute_path) const;
    /// How long the response may be cached; zero for no such header.
    [[nodiscard]] virtual std::chrono::seconds
    get_cache_time(std::string_view path, std::string_view content_type) const;
    /// Sets headers of your own.
    virtual void set_extra_headers(std::string_view /*path*/) {}
    /// Whether the client has the content already.
    [[nodiscard]] virtual bool should_return_304() const;

    /// The URL of a file below `static_path`, with its version in the argument `v` unless told
    /// otherwise. Mirrors `StaticFileHandler.make_static_url`.
    [[nodiscard]] static std::string make_static_url(
        const ApplicationSettings& settings,
        std::string_view path,
        bool include_version = true
    );
    /// The version of a file below `static_path`, or nothing when it cannot be read, or is larger
    /// than 64 KiB and has not been read since it changed: the first call has the executor do that.
    /// A smaller one is read at once, on the loop; with `static_hash_cache` off, one of any size is
    /// at every call.
    [[nodiscard]] static std::string
    get_version(const ApplicationSettings& settings, std::string_view path);
    /// Forgets what has been found out about files, on this thread.
    static void reset();

    // For the functions above

    [[nodiscard]] const std::string& root() const noexcept { return root_; }
    /// What parse_url_path() and validate_absolute_path() have returned, and get_content().
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] const std::string& absolute_path() const noexcept { return absolute_path_; }
    [[nodiscard]] const StaticContent& content() const noexcept { return *content_; }

private:
    Future<void> serve(std::string url_path);
    Future<void> find_and_serve(std::string url_path);
    [[nodiscard]] bool is_usual() const;
    [[nodiscard]] bool knows_answer(std::string_view url_path);
    [[nodiscard]] bool is_default_file(std::string_view absolute_path) const;
    void keep_answer() const;
    Future<void> respond();
    void redirect_to_folder();
    void choose_encoding();
    [[nodiscard]] bool answer_conditions();
    [[nodiscard]] bool range_counts() const;
    [[nodiscard]] std::optional<httputil::ByteRange> find_range();
    Future<void> send(std::uint64_t offset, std::uint64_t count);
    Future<void> send_pieces(std::uint64_t offset, std::uint64_t count);
    Future<void> log_if_broken_off(Future<void> sending, std::uint64_t end) const;

    std::string root_;
    StaticFileOptions options_;
    std::string path_;
    std::string absolute_path_;
    StaticContentRef content_;
    std::string encoding_;                ///< of the precompressed file that is sent
    bool has_encodings_ = false;          ///< whether there is any such file
    bool is_of_another_version_ = false;  ///< than the argument `v` stands for
};

}  // namespace tornado::web
