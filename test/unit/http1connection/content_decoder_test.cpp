#include <tornado/http1connection/content_decoder.hpp>

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#ifdef TORNADO_HAS_BROTLIENC
#include <brotli/encode.h>
#endif
#ifdef TORNADO_HAS_ZSTD
#include <zstd.h>
#endif

#include "gzip.hpp"

namespace {

using tornado::http1connection::ContentDecoder;
using Status = ContentDecoder::Status;

/// What comes out of `input` in pieces of `piece` bytes, and how it ends.
std::string decode(
    std::string_view coding,
    std::string_view input,
    std::size_t piece,
    std::size_t most_data = 65'536
) {
    const auto decoder = ContentDecoder::make(coding, most_data);
    BOOST_TEST_REQUIRE((decoder != nullptr));
    std::string text;
    while (!input.empty()) {
        auto chunk = input.substr(0, piece);
        input.remove_prefix(chunk.size());
        while (true) {
            const auto step = decoder->next(chunk);
            chunk.remove_prefix(step.consumed);
            if (step.status == Status::error) {
                BOOST_TEST((decoder->next("more").status == Status::error));
                return text + "[error]";
            }
            if (step.status == Status::need_more) {
                BOOST_TEST(chunk.empty());
                break;
            }
            BOOST_TEST((!step.data.empty() && step.data.size() <= most_data));
            text += step.data;
        }
    }
    return text + (decoder->is_complete() ? "[whole]" : "[cut off]");
}

#ifdef TORNADO_HAS_BROTLIENC
std::string brotli(std::string_view text) {
    std::string out(::BrotliEncoderMaxCompressedSize(text.size()) + 64, '\0');
    auto size = out.size();
    ::BrotliEncoderCompress(
        5,
        BROTLI_DEFAULT_WINDOW,
        BROTLI_MODE_GENERIC,
        text.size(),
        reinterpret_cast<const std::uint8_t*>(text.data()),
        &size,
        reinterpret_cast<std::uint8_t*>(out.data())
    );
    out.resize(size);
    return out;
}
#endif

#ifdef TORNADO_HAS_ZSTD
std::string zstd(std::string_view text, int window_log = 20) {
    auto* const context = ::ZSTD_createCCtx();
    ::ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    ::ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
    ::ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    std::string out(::ZSTD_compressBound(text.size()) + 64, '\0');
    ZSTD_inBuffer from{text.data(), text.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    ::ZSTD_compressStream2(context, &to, &from, ZSTD_e_continue);  // it must not know the size
    while (::ZSTD_compressStream2(context, &to, &from, ZSTD_e_end) != 0) {
    }
    ::ZSTD_freeCCtx(context);
    out.resize(to.pos);
    return out;
}
#endif

struct Encoded {
    std::string coding;
    std::string body;
};

/// The text in each coding that this build has.
std::vector<Encoded> encodings(std::string_view text) {
    std::vector<Encoded> all{
        {"gzip", gzip(text)},
        {"X-Gzip", gzip(text)},
        {"deflate", compress_with_zlib(text, MAX_WBITS)},
        {"deflate", compress_with_zlib(text, -MAX_WBITS)}};
#ifdef TORNADO_HAS_BROTLIENC
    all.push_back({"br", brotli(text)});
#endif
#ifdef TORNADO_HAS_ZSTD
    all.push_back({"zstd", zstd(text)});
#endif
    return all;
}

std::string varied_text() {
    std::string text = "Lorem ipsum dolor sit amet " + std::string(1000, 'x');
    for (int i = 0; i < 200; ++i) {
        text += std::to_string(i * i * 7919 % 10'007);
    }
    return text;
}

BOOST_AUTO_TEST_SUITE(content_decoder)

BOOST_AUTO_TEST_CASE(a_body_is_decoded_whatever_its_pieces) {
    const auto text = varied_text();
    for (const auto& [coding, body] : encodings(text)) {
        for (std::size_t piece = 1; piece <= body.size(); ++piece) {
            BOOST_TEST(decode(coding, body, piece) == text + "[whole]", coding << " " << piece);
        }
    }
}

BOOST_AUTO_TEST_CASE(an_empty_body_is_one) {
    for (const auto& [coding, body] : encodings("")) {
        BOOST_TEST(decode(coding, body, 1) == "[whole]", coding);
        BOOST_TEST(decode(coding, body, 100) == "[whole]", coding);
    }
}

BOOST_AUTO_TEST_CASE(data_come_in_pieces_of_the_size_asked_for) {
    const auto text = std::string(10'000, 'x') + varied_text();
    for (const auto& [coding, body] : encodings(text)) {
        for (const std::size_t most : {1, 7, 100, 10'000, 1'000'000}) {
            BOOST_TEST(decode(coding, body, 1000, most) == text + "[whole]", coding << " " << most);
            BOOST_TEST(decode(coding, body, 3, most) == text + "[whole]", coding << " " << most);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_body_that_is_cut_off_is_not_whole) {
    for (const auto& [coding, body] : encodings(varied_text())) {
        BOOST_TEST(!ContentDecoder::make(coding)->is_complete());
        for (std::size_t size = 1; size < body.size(); ++size) {
            const auto found = decode(coding, std::string_view{body}.substr(0, size), 40);
            BOOST_TEST(found.ends_with("[cut off]"), coding << " " << size);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_follows_a_body_is_an_error) {
    for (const auto& [coding, body] : encodings("text")) {
        BOOST_TEST(decode(coding, body + "rubbish", 100) == "text[error]", coding);
        BOOST_TEST(decode(coding, body + "rubbish", 1) == "text[error]", coding);
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_such_coding_is_an_error) {
    for (const auto& [coding, body] : encodings("text")) {
        const std::string rubbish =
            "\xff\xff\xff\xff plain text, and much of it, in no coding at all";
        BOOST_TEST(decode(coding, rubbish, 100).ends_with("[error]"), coding);
    }
}

BOOST_AUTO_TEST_CASE(damage_anywhere_never_passes_for_the_body) {
    const auto text = varied_text();
    for (const auto& [coding, body] : encodings(text)) {
        const bool has_checksum = coding != "br" && body != compress_with_zlib(text, -MAX_WBITS);
        for (std::size_t i = 0; i < body.size(); ++i) {
            auto damaged = body;
            damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
            const auto found = decode(coding, damaged, 1000);
            const bool passes = has_checksum && found.ends_with("[whole]");
            // A few bytes of the gzip head say nothing about the text.
            BOOST_TEST((!passes || found == text + "[whole]"), coding << " " << i);
        }
    }
}

#ifdef TORNADO_HAS_ZSTD
BOOST_AUTO_TEST_CASE(several_frames_of_zstd_are_one_body) {
    const auto body = zstd("one ") + zstd("") + zstd("two");
    for (std::size_t piece = 1; piece <= body.size(); ++piece) {
        BOOST_TEST(decode("zstd", body, piece) == "one two[whole]");
    }
}

BOOST_AUTO_TEST_CASE(zstd_that_demands_much_memory_is_refused) {
    const std::string text(100'000, 'x');
    BOOST_TEST(decode("zstd", zstd(text, 23), 1000) == text + "[whole]");
    BOOST_TEST(decode("zstd", zstd(text, 24), 1000) == "[error]");
}
#endif

BOOST_AUTO_TEST_CASE(it_says_which_codings_it_knows) {
    const std::string known{ContentDecoder::codings()};
    BOOST_TEST(known.starts_with("gzip, deflate"));
    for (const std::string coding : {"gzip", "deflate", "br", "zstd"}) {
        const bool named = known.find(coding) != known.npos;
        BOOST_TEST((ContentDecoder::make(coding) != nullptr) == named, coding);
    }
    for (const std::string coding : {"", "identity", "gzi", "gzipp", "gzip, br", "compress"}) {
        BOOST_TEST((ContentDecoder::make(coding) == nullptr), coding);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
