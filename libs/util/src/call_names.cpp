#include "tornado/util/call_names.hpp"

#include <cxxabi.h>
#include <dlfcn.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string_view>
#include <system_error>

#include "elf_symbols.hpp"

namespace tornado::util {

namespace {

std::string in_hexadecimal(std::uintptr_t number) {
    char digits[2 * sizeof number];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number, 16).ptr;
    return "0x" + std::string(std::begin(digits), end);
}

/// Names of templates' instances can fill pages.
std::string readable(const char* mangled) {
    constexpr std::size_t most = 240;
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> demangled{
        abi::__cxa_demangle(mangled, nullptr, nullptr, &status), &std::free};
    std::string name = status == 0 ? demangled.get() : mangled;
    if (name.size() > most) {
        name.resize(most);
        name += "...";
    }
    return name;
}

/// Looks addresses up, and reads each file once.
class CallNames {
public:
    std::string describe(std::uintptr_t address) {
        Dl_info info{};
        void* map = nullptr;
        if (::dladdr1(reinterpret_cast<void*>(address), &info, &map, RTLD_DL_LINKMAP) == 0) {
            return "?? (" + in_hexadecimal(address) + ")";
        }
        const auto* const object = static_cast<const link_map*>(map);
        const auto offset = address - object->l_addr;
        const auto& file = file_of(*object);
        const char* name = file.symbols.find(offset);
        if (name == nullptr) {
            name = info.dli_sname;  // a stripped file still names what it exports
        }
        return (name != nullptr ? readable(name) : "??") + " (" + file.path + "+" +
               in_hexadecimal(offset) + ")";
    }

private:
    struct File {
        std::string path;
        ElfSymbols symbols;
    };

    const File& file_of(const link_map& object) {
        const auto found = files_.find(&object);
        if (found != files_.end()) {
            return found->second;
        }
        // The program itself has no name there. It is opened by the kernel's link, which leads to
        // it also when another file has taken its place.
        const bool is_program = *object.l_name == '\0';
        std::string path = object.l_name;
        if (is_program) {
            std::error_code error;
            path = std::filesystem::read_symlink("/proc/self/exe", error).string();
        }
        ElfSymbols symbols{is_program ? "/proc/self/exe" : path};
        return files_.emplace(&object, File{std::move(path), std::move(symbols)}).first->second;
    }

    std::map<const link_map*, File> files_;
};

}  // namespace

std::string describe_calls(std::span<const std::uintptr_t> calls) {
    CallNames names;
    std::string lines;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        lines += (i == 0 ? "#" : "\n#") + std::to_string(i) + " " + names.describe(calls[i]);
    }
    return lines;
}

}  // namespace tornado::util
