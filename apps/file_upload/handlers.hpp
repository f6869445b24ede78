#pragma once

#include <tornado/web.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "store.hpp"

namespace upload {

/// /files: GET and HEAD list what has come; POST takes the files of a multipart form, as they come,
/// from whatever fields. Answers in JSON.
class FilesHandler : public tornado::web::RequestHandler {
public:
    explicit FilesHandler(Store& store) : store_{store} {}

    tornado::Future<void> prepare();
    tornado::Future<void> data_received(std::string_view chunk);
    tornado::Future<void> get();
    tornado::Future<void> head() { return get(); }
    tornado::Future<void> post();
    void set_default_headers() override;
    void write_error(int status_code, std::exception_ptr error) override;

private:
    Store& store_;
    std::optional<Claim> claim_;
    std::uint64_t received_ = 0;
    std::optional<tornado::web::FormStream> form_;
};

/// /files/<name>: GET sends a file, never to be shown as a page of this site; PUT takes one, as it
/// comes, if its conditions hold for the file that has the name now.
class FileHandler : public tornado::web::StaticFileHandler {
public:
    explicit FileHandler(Store& store) : StaticFileHandler{store.folder()}, store_{store} {}

    tornado::Future<void> prepare();
    tornado::Future<void> data_received(std::string_view chunk);
    tornado::Future<void> put(std::string name);
    [[nodiscard]] std::string parse_url_path(std::string_view url_path) const override;
    void set_extra_headers(std::string_view path) override;
    void write_error(int status_code, std::exception_ptr error) override;

private:
    tornado::Future<void> check_conditions();
    tornado::Future<tornado::web::StaticContentRef> present_content(std::string name);

    Store& store_;
    std::optional<Claim> claim_;
    std::shared_ptr<tornado::web::TemporaryFile> file_;
    std::uint64_t received_ = 0;
};

}  // namespace upload
