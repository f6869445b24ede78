// Compiled in several ways: see CMakeLists.txt.
#include <chrono>
#include <string>
#include <vector>

#include "tornado/template/described.hpp"
#if defined(KNOWN)
#include "tornado/template/datetime.hpp"
#endif

namespace {

struct Note {
    std::string title;
#if defined(KNOWN) || defined(MEMBER)
    std::chrono::system_clock::time_point written;
#elif defined(ELEMENT)
    std::vector<std::chrono::system_clock::time_point> written;
#endif
};
BOOST_DESCRIBE_STRUCT(Note, (), (title, written))

}  // namespace

tornado::templating::Value value() {
    return tornado::templating::Value{Note{}};
}
