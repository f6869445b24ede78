#include "tls_bio.hpp"

#include <new>

namespace tornado::iostream {

namespace {

/// Whether `bytes`, the first ones, begin with a method, as far as they go.
bool looks_like_http(const char* bytes, std::size_t size) noexcept {
    constexpr std::size_t longest_method = 16;
    for (std::size_t i = 0; i < size && i <= longest_method; ++i) {
        if (bytes[i] == ' ') {
            return i != 0;
        }
        if (bytes[i] < 'A' || bytes[i] > 'Z') {
            return false;
        }
    }
    return size <= longest_method;
}

}  // namespace

struct TlsBioMethod {
    static TlsBio& of(BIO* bio) noexcept { return *static_cast<TlsBio*>(::BIO_get_data(bio)); }

    static int read(BIO* bio, char* into, std::size_t size, std::size_t* received) {
        return of(bio).read(bio, into, size, *received) ? 1 : 0;
    }
    static int write(BIO* bio, const char* bytes, std::size_t size, std::size_t* sent) {
        return of(bio).write(bio, bytes, size, *sent) ? 1 : 0;
    }
    static long control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
        if (command == BIO_CTRL_FLUSH) {
            return 1;  // nothing is held back
        }
        return command == BIO_CTRL_EOF && of(bio).at_end() ? 1 : 0;
    }

    static BIO_METHOD* make() {
        auto* const method =
            ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tornado transport");
        if (method == nullptr) {
            throw std::bad_alloc{};
        }
        ::BIO_meth_set_read_ex(method, read);
        ::BIO_meth_set_write_ex(method, write);
        ::BIO_meth_set_ctrl(method, control);
        return method;
    }
};

BIO* TlsBio::make() {
    static BIO_METHOD* const method = TlsBioMethod::make();
    auto* const bio = ::BIO_new(method);
    if (bio == nullptr) {
        throw std::bad_alloc{};
    }
    ::BIO_set_data(bio, this);
    ::BIO_set_init(bio, 1);
    return bio;
}

bool TlsBio::read(BIO* bio, char* into, std::size_t size, std::size_t& received) noexcept {
    BIO_clear_retry_flags(bio);
    if (!inner_.may_have_input() && !write_error_) {
        BIO_set_retry_read(bio);
        return false;
    }
    std::error_code error;
    const auto count = inner_.receive({into, size}, error);
    if (count == 0) {
        if (error == std::errc::operation_would_block) {
            BIO_set_retry_read(bio);
        } else {
            error_ = error;
            at_end_ = true;
        }
        return false;
    }
    if (std::exchange(at_beginning_, false) && looks_like_http(into, count)) {
        met_http_ = true;
        return false;
    }
    received = count;
    return true;
}

bool TlsBio::write(BIO* bio, const char* bytes, std::size_t size, std::size_t& sent) noexcept {
    BIO_clear_retry_flags(bio);
    const iovec piece{const_cast<char*>(bytes), size};
    std::error_code error;
    sent = inner_.send({&piece, 1}, error);
    if (error && (at_end_ || !holds_write_errors_)) {
        if (!at_end_) {  // or it is OpenSSL's complaint about the end, which has its cause already
            error_ = error;
        }
        return false;
    }
    write_error_ = error;
    if (sent == 0) {
        BIO_set_retry_write(bio);
        return false;
    }
    return true;
}

}  // namespace tornado::iostream
