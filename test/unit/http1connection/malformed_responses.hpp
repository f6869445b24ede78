#pragma once

#include <ostream>
#include <string>
#include <tornado/httputil/error.hpp>

struct MalformedResponse {
    std::string text;
    tornado::httputil::Errc error;
    bool curl_takes_it = false;  ///< as a good response
};
inline std::ostream& operator<<(std::ostream& out, const MalformedResponse& each) {
    return out << each.text;
}

using tornado::httputil::Errc;

inline const MalformedResponse malformed_responses[] = {
    {"nonsense\r\n\r\n", Errc::malformed_start_line},
    {"HTTP/1.1\r\n\r\n", Errc::malformed_start_line},
    {"HTTP/1.1 200\r\n\r\n", Errc::malformed_start_line},
    {"HTTP/1.1  200 OK\r\n\r\n", Errc::malformed_start_line},
    {"HTTP/1.1 20 OK\r\n\r\n", Errc::malformed_start_line},
    {"HTTP/1.1 2000 OK\r\n\r\n", Errc::malformed_start_line},
    {"HTTP/1.1 099 OK\r\n\r\n", Errc::malformed_start_line},
    {"HTTP/2.0 200 OK\r\n\r\n", Errc::unsupported_version},
    {"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", Errc::malformed_header},
    {"HTTP/1.1 200 OK\r\nX : y\r\n\r\n", Errc::malformed_header},
    {"HTTP/1.1 200 OK\r\n: y\r\n\r\n", Errc::malformed_header},
    {std::string{"HTTP/1.1 200 OK\r\nX: \0\r\n\r\n", 25}, Errc::malformed_header},
    {"HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n", Errc::malformed_header, true},
    {"HTTP/1.1 200 OK\r\n X: folded\r\n\r\n", Errc::malformed_header},
    {"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", Errc::bad_content_length},
    {"HTTP/1.1 200 OK\r\nContent-Length: 1,\r\n\r\n", Errc::bad_content_length},
    {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", Errc::bad_content_length},
    {"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n", Errc::bad_content_length},
    {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", Errc::bad_content_length},
    {"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n", Errc::bad_content_length},
    {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", Errc::bad_content_length},
    {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", Errc::bad_content_length},
    {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
     Errc::bad_transfer_encoding},
    {"HTTP/1.1 304 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
     Errc::bad_transfer_encoding,
     true},
    {"HTTP/1.1 304 OK\r\nContent-Length: x\r\n\r\n", Errc::bad_content_length, true},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", Errc::bad_transfer_encoding},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", Errc::bad_transfer_encoding},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
     Errc::unsupported_transfer_coding},
    {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", Errc::bad_transfer_encoding},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", Errc::bad_chunk},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\nabc\r\n", Errc::bad_chunk},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", Errc::bad_chunk},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\n", Errc::bad_chunk},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n", Errc::bad_chunk},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", Errc::bad_chunk},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n", Errc::bad_chunk},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nbad trailer\r\n\r\n",
     Errc::malformed_header},
    {"HTTP/1.1 204 No Content\r\nContent-Length: 1\r\n\r\n", Errc::body_not_allowed, true},
    {"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", Errc::body_not_allowed, true},
    {"HTTP/1.1 100 Continue\r\nContent-Length: 1\r\n\r\n", Errc::body_not_allowed},
    {"HTTP/1.1 102 Processing\r\nTransfer-Encoding: chunked\r\n\r\n", Errc::body_not_allowed},
    {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
     Errc::unasked_upgrade},
};
