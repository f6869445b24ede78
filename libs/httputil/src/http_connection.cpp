#include "tornado/httputil/http_connection.hpp"

namespace tornado::httputil {

void HTTPConnection::set_origin(std::string /*remote_ip*/, std::string_view /*protocol*/) {}

std::optional<netutil::SSLCertificate> HTTPConnection::get_ssl_certificate() const {
    return std::nullopt;
}

Future<void> HTTPMessageDelegate::headers_received(RequestHead&, const Target&) {
    return Future<void>::ready();
}
Future<void> HTTPMessageDelegate::headers_received(ResponseHead&) {
    return Future<void>::ready();
}
Future<void> HTTPMessageDelegate::data_received(std::string_view) {
    return Future<void>::ready();
}

}  // namespace tornado::httputil
