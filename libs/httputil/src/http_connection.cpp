#include "tornado/httputil/http_connection.hpp"

namespace tornado::httputil {

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
