#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/concurrent/future.hpp"
#include "tornado/httputil/body_arguments.hpp"
#include "tornado/httputil/http_server_request.hpp"
#include "tornado/web/temporary_file.hpp"

namespace tornado::web {

/// How much of a form a FormStream takes, and where to. Sizes are bytes.
struct FormStreamOptions {
    std::string folder = {};  ///< of the temporary files; empty: that of TMPDIR, or /tmp
    /// All fields that are no files together, with their names: they are kept in memory. Beyond it
    /// 413. Names and types of files are kept too; how many, and how long, `multipart` says.
    std::size_t max_fields_size = 1'048'576;
    /// One file; beyond it 413. What all may have together is the body's limit.
    std::uint64_t max_file_size = std::numeric_limits<std::uint64_t>::max();
    httputil::ParseMultipartConfig multipart = httputil::parse_body_config().multipart;
};

/// A file that a form has brought, on disk.
struct UploadedFile {
    std::string filename;  ///< as the client calls it, any text: never a path to write to
    std::string content_type;
    /// Removed with the last owner, unless moved elsewhere. It is closed until fileno() is asked
    /// for.
    std::shared_ptr<TemporaryFile> file;
};

/// Files by the name of their field, those of one name in the order they came.
using UploadedFiles = std::map<std::string, std::vector<UploadedFile>, std::less<>>;

/// Takes a multipart form apart while it arrives: files go to temporary files, written by the
/// loop's executor while the next bytes come; all else into memory. A form may be larger than
/// memory.
///
/// Ownership: must live until the future of the present data_received() is done; a handler's member
/// does. What it has written goes with it. Thread safety: belongs to its loop's thread.
/// Errors: HTTPError: 400 for what is malformed, 413 for what is too large, 415 for another kind of
/// body; std::system_error when a file cannot be made or written: there is no such folder, say, or
/// the disk is full.
///
/// Files can be moved within one file system only: name a `folder` on that where they shall end.
///
///     struct UploadHandler : web::RequestHandler {
///         void prepare() {
///             request().connection().set_max_body_size(10'000'000'000);
///             form.emplace(request(), web::FormStreamOptions{.folder = "/srv/photos"});
///         }
///         Future<void> data_received(std::string_view chunk) {
///             return form->data_received(chunk);
///         }
///         void post() {
///             form->finish();
///             for (const auto& photo : form->files("photo")) {
///                 photo.file->move_to("/srv/photos/" + next_name());
///             }
///         }
///         std::optional<web::FormStream> form;
///     };
class FormStream {
public:
    /// Throws HTTPError{415} unless the request's body is a multipart form without a
    /// Content-Encoding.
    explicit FormStream(const httputil::HTTPServerRequest& request, FormStreamOptions options = {});
    FormStream(FormStream&&) noexcept;
    FormStream& operator=(FormStream&&) noexcept;
    ~FormStream();

    /// Goes on with the body. The chunk must live until the future is done; no other may come
    /// before. When that has failed, or was cancelled, nothing more may come.
    Future<void> data_received(std::string_view chunk);
    /// The body has ended. Throws HTTPError{400} when it was cut off.
    void finish() const;

    /// The fields that are no files.
    [[nodiscard]] const httputil::Arguments& arguments() const noexcept;
    /// The files of a field, in the order they came.
    [[nodiscard]] const std::vector<UploadedFile>& files(std::string_view name) const noexcept;
    /// All files, by the name of their field.
    [[nodiscard]] const UploadedFiles& files() const noexcept;

private:
    class Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace tornado::web
