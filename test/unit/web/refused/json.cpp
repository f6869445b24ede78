// What write() takes as JSON and what it refuses, with a sentence that says why: see
// CMakeLists.txt.
#include <tornado/web/json.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

#if defined(OPTIONAL_OBJECT)
using Written = std::optional<std::map<std::string, int>>;
#elif defined(ARRAY)
using Written = std::vector<int>;
#elif defined(OPTIONAL_ARRAY)
using Written = std::optional<std::vector<int>>;
#endif

struct Handler : tornado::web::RequestHandler {
    void get() { write(Written{}); }
};
