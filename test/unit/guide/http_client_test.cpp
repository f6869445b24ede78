// doc/guide/http_client.md: its snippets compile. What they do is tested in test/unit/httpclient.

#include <fstream>
#include <string>
#include <string_view>
#include <tornado/httpclient.hpp>
#include <tornado/iostream.hpp>

namespace http_client_guide {

namespace httpclient = tornado::httpclient;
namespace iostream = tornado::iostream;
using namespace std::chrono_literals;
using tornado::Future;

#include "http_client.snippets.hpp"

}  // namespace http_client_guide
