#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "tornado/httputil/http_headers.hpp"
#include "tornado/httputil/http_server_request.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::web {

/// Changes a response on its way out: one object for each response.
///
/// Ownership: belongs to the response. Thread safety: belongs to its loop's thread. What it throws
/// is answered as what a handler throws. Mirrors `tornado.web.OutputTransform`.
class OutputTransform {
public:
    OutputTransform() = default;
    OutputTransform(const OutputTransform&) = delete;
    OutputTransform& operator=(const OutputTransform&) = delete;
    virtual ~OutputTransform() = default;

    /// Called with the head and the first of the body, which may be empty; `finishing` says that
    /// this is all of it. A Content-Length that is there must be changed along with the body, or
    /// removed; with a 304 it is that of the 200 that is not sent. A HEAD gets what the GET would
    /// send. The transforms of an error's page are made anew.
    virtual void transform_first_chunk(
        int& /*status*/,
        httputil::HTTPHeaders& /*headers*/,
        std::string& /*chunk*/,
        bool /*finishing*/
    ) {}
    /// Called with each further piece of the body; the last one may be empty. Where none of a
    /// response's transforms changes its body, not called for files, nor for the end.
    virtual void transform_chunk(std::string& /*chunk*/, bool /*finishing*/) {}
    /// Whether transform_chunk() changes anything; known once the first chunk has passed. If not,
    /// files go out without being read.
    [[nodiscard]] virtual bool changes_body() const { return true; }
};

/// Makes the transform of a response, or null for none; copies share the callable that does.
class MakeTransform {
public:
    template <std::invocable<const httputil::HTTPServerRequest&> F>
    requires(!std::same_as<F, MakeTransform>) MakeTransform(F make)
        : make_{std::make_shared<Call>(std::move(make))} {}

    std::unique_ptr<OutputTransform> operator()(const httputil::HTTPServerRequest& request) const {
        return (*make_)(request);
    }

private:
    using Call =
        util::UniqueFunction<std::unique_ptr<OutputTransform>(const httputil::HTTPServerRequest&)>;

    std::shared_ptr<Call> make_;
};

namespace detail {
class Encoder;
struct Coding;
}  // namespace detail

/// Compresses responses for clients that take it, by their Accept-Encoding and its weights: by the
/// coding that the client wants most and, of several, by the first in the server's `preference`;
/// not for those who want `identity` more.
///
/// The codings are `zstd`, `br` and `gzip`; content_encodings() says which of them this library was
/// built with. Text, JSON, XML and the like are compressed, but no event stream, no response that
/// is finished in one piece of less than 1,024 bytes, none that has a Content-Encoding already, no
/// part of a representation (206), and none whose Cache-Control says `no-transform`. What is
/// flushed can be read by the client at once. All responses that pass say `Vary: Accept-Encoding`;
/// the Etag of a compressed one becomes weak. Switched on by
/// ApplicationSettings::compress_response.
class ContentEncoding : public OutputTransform {
public:
    /// Throws std::invalid_argument for a name that is none of the three.
    ContentEncoding(
        const httputil::HTTPServerRequest& request,
        const std::vector<std::string>& preference
    );
    ~ContentEncoding() override;

    void transform_first_chunk(
        int& status,
        httputil::HTTPHeaders& headers,
        std::string& chunk,
        bool finishing
    ) override;
    void transform_chunk(std::string& chunk, bool finishing) override;
    [[nodiscard]] bool changes_body() const override { return encoder_ != nullptr; }

private:
    [[nodiscard]] bool
    applies(int status, const httputil::HTTPHeaders& headers, std::size_t whole_size) const;

    const detail::Coding* coding_;              ///< null: none that the client takes
    std::unique_ptr<detail::Encoder> encoder_;  ///< while it compresses
};

/// The same by gzip only. Mirrors `tornado.web.GZipContentEncoding`.
class GZipContentEncoding final : public ContentEncoding {
public:
    explicit GZipContentEncoding(const httputil::HTTPServerRequest& request);
};

/// The content codings that this library was built with.
[[nodiscard]] std::vector<std::string> content_encodings();

/// Makes a ContentEncoding for each response. Throws std::invalid_argument for a name that is none.
[[nodiscard]] MakeTransform make_content_encoding(std::vector<std::string> preference);

}  // namespace tornado::web
