// Any bytes as a template, and as three files that may include and extend each other: they are
// compiled, or refused with a place; nothing else comes out.
#include <tornado/templating.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "support.hpp"
#include "template_files.hpp"

namespace {

namespace templating = tornado::templating;

/// Compiles one file; whether it is a template.
bool compiles(templating::DictLoader& loader, const std::string& name) {
    try {
        require(loader.load(name)->name() == name, "a template has the name of its file");
        return true;
    } catch (const templating::ParseError& error) {
        require(!error.message().empty() && !error.filename().empty(), "an error has a place");
        return false;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    templating::DictLoader loader{template_files(input, "a.html")};
    const bool once = compiles(loader, "a.html");
    loader.reset();
    require(compiles(loader, "a.html") == once, "the same template is the same twice");
    compiles(loader, "b");
    return 0;
}
