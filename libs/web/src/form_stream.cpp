#include "tornado/web/form_stream.hpp"

#include <optional>
#include <utility>

#include "tornado/httputil/error.hpp"
#include "tornado/httputil/multipart_stream.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/web/http_error.hpp"

namespace tornado::web {

using httputil::KnownHeader;

namespace {

/// So much of a file is written at once.
constexpr std::size_t write_size = 256 * 1024;

// On the executor. What they work on is theirs, as nobody waits for them when a handler goes.

std::shared_ptr<TemporaryFile> make_file(const std::string& folder) {
    return std::make_shared<TemporaryFile>(folder);
}

/// Returns the buffer, to be filled again.
std::string append_to(const std::shared_ptr<TemporaryFile>& file, std::string data) {
    file->append(data);
    data.clear();
    return data;
}

/// The same for a file's last piece: forms of many files hold no descriptors.
std::string append_last_to(const std::shared_ptr<TemporaryFile>& file, std::string data) {
    data = append_to(file, std::move(data));
    file->close();
    return data;
}

HTTPError error_from(const httputil::HTTPInputError& wrong) {
    return HTTPError{
        httputil::status_for(wrong.code()), std::string{"Invalid body: "} + wrong.what()};
}

/// The body's type. Throws unless it can be read as it is.
std::string_view form_type(const httputil::HTTPServerRequest& request) {
    if (request.headers().contains(KnownHeader::content_encoding)) {
        throw HTTPError{415, "the form has a Content-Encoding"};
    }
    return request.headers().only(KnownHeader::content_type).value_or("");
}

}  // namespace

class FormStream::Parts final : public httputil::MultipartDelegate {
public:
    Parts(std::string_view content_type, FormStreamOptions options)
        : options_{std::move(options)},
          stream_{content_type, *this, options_.multipart} {}

    Future<void> take(std::string_view chunk) {
        try {
            co_await stream_.data_received(chunk);
        } catch (const httputil::HTTPInputError& wrong) {
            throw error_from(wrong);
        }
    }

    void finish() const {
        try {
            stream_.finish();
        } catch (const httputil::HTTPInputError& wrong) {
            throw error_from(wrong);
        }
    }

    Future<void> part_begun(const httputil::PartHead& head) override {
        head_ = &head;
        if (head.is_file()) {
            file_size_ = 0;
            file_ = co_await ioloop::IOLoop::current().run_in_executor(make_file, options_.folder);
        } else {
            field_.clear();
            count_field(head.name.size());
        }
    }

    Future<void> data_received(std::string_view data) override {
        if (!head_->is_file()) {
            count_field(data.size());
            field_ += data;
            return Future<void>::ready();
        }
        file_size_ += data.size();
        if (file_size_ > options_.max_file_size) {
            throw HTTPError{413, "the file \"" + head_->name + "\" is too large"};
        }
        buffer_ += data;
        return buffer_.size() < write_size ? Future<void>::ready() : write_buffer();
    }

    Future<void> part_ended() override {
        if (!head_->is_file()) {
            arguments.add(head_->name, std::move(field_));
            co_return;
        }
        auto last = std::move(buffer_);
        co_await written();
        buffer_ = co_await ioloop::IOLoop::current().run_in_executor(
            append_last_to, file_, std::move(last)
        );
        files[head_->name].push_back({head_->filename, head_->content_type, std::move(file_)});
    }

    httputil::Arguments arguments;
    UploadedFiles files;

private:
    void count_field(std::size_t bytes) {
        fields_size_ += bytes;
        if (fields_size_ > options_.max_fields_size) {
            throw HTTPError{413, "the fields of the form are too large"};
        }
    }

    /// Done when the former piece is written: the next may come while this one is.
    Future<void> write_buffer() {
        auto next = std::move(buffer_);
        buffer_.clear();
        co_await written();
        writing_ =
            ioloop::IOLoop::current().run_in_executor(append_to, file_, std::move(next)).ignore();
    }

    /// Done when nothing is being written.
    Future<void> written() {
        if (auto writing = std::exchange(writing_, std::nullopt)) {
            buffer_ = co_await std::move(*writing);
        }
    }

    FormStreamOptions options_;
    httputil::MultipartStream stream_;
    const httputil::PartHead* head_ = nullptr;
    std::string field_;
    std::size_t fields_size_ = 0;
    std::shared_ptr<TemporaryFile> file_;
    std::uint64_t file_size_ = 0;
    std::string buffer_;  ///< of the file, to be written
    std::optional<Future<std::string>> writing_;
};

FormStream::FormStream(const httputil::HTTPServerRequest& request, FormStreamOptions options) {
    const auto type = form_type(request);
    try {
        parts_ = std::make_unique<Parts>(type, std::move(options));
    } catch (const httputil::HTTPInputError&) {
        throw HTTPError{415, "the body is no multipart form, or has no boundary"};
    }
}

FormStream::FormStream(FormStream&&) noexcept = default;
FormStream& FormStream::operator=(FormStream&&) noexcept = default;
FormStream::~FormStream() = default;

Future<void> FormStream::data_received(std::string_view chunk) {
    return parts_->take(chunk);
}
void FormStream::finish() const {
    parts_->finish();
}

const httputil::Arguments& FormStream::arguments() const noexcept {
    return parts_->arguments;
}
const UploadedFiles& FormStream::files() const noexcept {
    return parts_->files;
}
const std::vector<UploadedFile>& FormStream::files(std::string_view name) const noexcept {
    static const std::vector<UploadedFile> none;
    const auto found = parts_->files.find(name);
    return found != parts_->files.end() ? found->second : none;
}

}  // namespace tornado::web
