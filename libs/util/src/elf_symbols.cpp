#include "elf_symbols.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace tornado::util {

namespace {

constexpr unsigned char native_class = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;

/// A file whose parts are read only as far as they are there.
class ElfFile {
public:
    explicit ElfFile(const std::string& name) : stream_{name, std::ios::binary} {
        std::error_code error;
        const auto size = std::filesystem::file_size(name, error);
        size_ = error ? 0 : size;
    }

    /// Fills all of `out`, a vector or string of `size` bytes, or leaves it empty.
    template <typename Container>
    void read(std::uint64_t offset, std::uint64_t size, Container& out) {
        using Item = typename Container::value_type;
        out.clear();
        if (offset > size_ || size > size_ - offset) {
            return;
        }
        out.resize(size / sizeof(Item));
        stream_.seekg(static_cast<std::streamoff>(offset));
        stream_.read(
            reinterpret_cast<char*>(out.data()),
            static_cast<std::streamsize>(out.size() * sizeof(Item))
        );
        if (!stream_) {
            out.clear();
        }
    }

    std::vector<ElfW(Shdr)> sections() {
        std::vector<ElfW(Ehdr)> head;
        std::vector<ElfW(Shdr)> all;
        read(0, sizeof(ElfW(Ehdr)), head);
        if (!head.empty() && std::memcmp(head[0].e_ident, ELFMAG, SELFMAG) == 0 &&
            head[0].e_ident[EI_CLASS] == native_class &&
            head[0].e_shentsize == sizeof(ElfW(Shdr))) {
            read(head[0].e_shoff, std::uint64_t{head[0].e_shnum} * sizeof(ElfW(Shdr)), all);
        }
        return all;
    }

private:
    std::ifstream stream_;
    std::uint64_t size_ = 0;
};

}  // namespace

ElfSymbols::ElfSymbols(const std::string& file) {
    ElfFile elf{file};
    const auto sections = elf.sections();
    for (const auto& section : sections) {
        if (section.sh_type == SHT_SYMTAB && section.sh_link < sections.size()) {
            elf.read(section.sh_offset, section.sh_size, symbols_);
            const auto& strings = sections[section.sh_link];
            elf.read(strings.sh_offset, strings.sh_size, names_);
            return;
        }
    }
}

const char* ElfSymbols::find(std::uintptr_t address) const noexcept {
    for (const auto& symbol : symbols_) {
        const bool is_function = (symbol.st_info & 0xfU) == STT_FUNC;  // alike in 32 and 64 bits
        if (is_function && symbol.st_value <= address &&
            address - symbol.st_value < symbol.st_size && symbol.st_name < names_.size()) {
            return names_.c_str() + symbol.st_name;
        }
    }
    return nullptr;
}

}  // namespace tornado::util
