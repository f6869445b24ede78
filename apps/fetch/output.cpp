#include "output.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace filesystem = std::filesystem;

Output::~Output() {
    if (file_ != nullptr) {
        std::fclose(file_);
    }
}

void Output::open() {
    if (name_.empty()) {
        return;
    }
    std::error_code error;
    const auto found = filesystem::status(name_, error);
    if (!filesystem::exists(found)) {
        part_ = name_ + ".part";
    } else if (filesystem::is_regular_file(found)) {
        part_ = filesystem::canonical(name_).string() + ".part";  // a link stays one
    }
    file_ = std::fopen((part_.empty() ? name_ : part_).c_str(), "wb");
    check(file_ != nullptr);
    if (!part_.empty() && filesystem::exists(found)) {
        filesystem::permissions(part_, found.permissions(), error);
    }
}

void Output::write(const std::string& piece) {
    auto* const to = file_ != nullptr ? file_ : stdout;
    check(std::fwrite(piece.data(), 1, piece.size(), to) == piece.size());
}

void Output::close() {
    if (file_ == nullptr) {
        check(std::fflush(stdout) == 0);
        return;
    }
    check(std::fclose(std::exchange(file_, nullptr)) == 0);
    if (!part_.empty()) {
        const auto whole = part_.substr(0, part_.size() - std::string{".part"}.size());
        check(std::rename(part_.c_str(), whole.c_str()) == 0);
    }
}

void Output::check(bool done) const {
    if (!done) {
        const auto where = name_.empty() ? "standard output" : name_;
        throw std::system_error{errno, std::generic_category(), "cannot write " + where};
    }
}
