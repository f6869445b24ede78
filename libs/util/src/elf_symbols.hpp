#pragma once

#include <elf.h>
#include <link.h>

#include <cstdint>
#include <string>
#include <vector>

namespace tornado::util {

/// The functions of an ELF file by their addresses, local ones included: what dladdr() cannot see.
class ElfSymbols {
public:
    /// Has none when the file cannot be read, is stripped, or is not for this machine.
    explicit ElfSymbols(const std::string& file);

    /// The mangled name of the function that holds `address`, as the file counts, or null.
    [[nodiscard]] const char* find(std::uintptr_t address) const noexcept;

private:
    std::vector<ElfW(Sym)> symbols_;
    std::string names_;
};

}  // namespace tornado::util
