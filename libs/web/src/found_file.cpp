#include "found_file.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <vector>

#include "hmac.hpp"
#include "page_cache.hpp"

namespace tornado::web {

namespace {

constexpr std::uint64_t most_in_memory = 64 * 1024;
constexpr std::uint64_t most_hashed = 8 * 1024 * 1024;
constexpr std::size_t block_size = 128 * 1024;

using Kind = FoundFile::Kind;

Kind kind_of_error(int error) noexcept {
    return error == EACCES || error == EPERM ? Kind::forbidden : Kind::missing;
}

std::int64_t nanoseconds(const timespec& time) noexcept {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

/// A SHA-512 in progress.
class Digest {
public:
    Digest() : context_{EVP_MD_CTX_new(), &EVP_MD_CTX_free} {
        EVP_DigestInit_ex(context_.get(), EVP_sha512(), nullptr);
    }
    void add(std::string_view bytes) {
        EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
    }
    std::string end() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
        unsigned size = 0;
        EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
        return hex({reinterpret_cast<const char*>(digest.data()), size});
    }

private:
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

std::string hash_of_file(int file, std::uint64_t size) {
    Digest digest;
    std::vector<char> block(block_size);
    for (std::uint64_t offset = 0; offset < size;) {
        const auto count = read_at(file, block.data(), block.size(), offset);
        if (count == 0) {
            break;
        }
        digest.add({block.data(), count});
        offset += count;
    }
    return digest.end();
}

std::string version_of_identity(const FileIdentity& identity) {
    const auto text = std::to_string(identity.device) + "-" + std::to_string(identity.inode) + "-" +
                      std::to_string(identity.size) + "-" + std::to_string(identity.modified) +
                      "-" + std::to_string(identity.changed);
    Digest digest;
    digest.add(text);
    return digest.end();
}

/// Whether an open file lies below the root, wherever links have led.
bool is_below(const std::string& root, int file) {
    const std::unique_ptr<char, decltype(&std::free)> real_root{
        ::realpath(root.c_str(), nullptr), &std::free};
    if (real_root == nullptr) {
        return false;
    }
    std::array<char, PATH_MAX> real_path;
    const auto link = "/proc/self/fd/" + std::to_string(file);
    const auto size = ::readlink(link.c_str(), real_path.data(), real_path.size());
    if (size < 0) {
        return false;
    }
    std::string folder{real_root.get()};
    folder.append(folder.ends_with('/') ? "" : "/");
    return std::string_view{real_path.data(), static_cast<std::size_t>(size)}.starts_with(folder);
}

/// The content of an open file.
StaticContentRef read_content(netutil::Socket file, const FileIdentity& identity) {
    auto content = std::make_shared<StaticContent>();
    content->size = identity.size;
    content->modified = std::chrono::system_clock::time_point{
        std::chrono::duration_cast<std::chrono::system_clock::duration>(std::chrono::nanoseconds{
            identity.modified})};
    if (identity.size <= most_in_memory) {
        content->bytes.resize(identity.size);
        content->bytes.resize(
            read_at(file.fileno(), content->bytes.data(), content->bytes.size(), 0)
        );
        content->size = content->bytes.size();
        Digest digest;
        digest.add(content->bytes);
        content->version = digest.end();
        return content;
    }
    content->version = identity.size <= most_hashed ? hash_of_file(file.fileno(), identity.size)
                                                    : version_of_identity(identity);
    content->file = std::move(file);
    return content;
}

/// Opens a regular file and takes its content in.
Kind open_file(
    const std::string& root,
    const std::string& path,
    const StaticFileOptions& options,
    FileIdentity& identity,
    StaticContentRef& content
) {
    // It is regular, but may be another by now: opening a pipe must not wait for its other end.
    netutil::Socket file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    if (!file) {
        return kind_of_error(errno);
    }
    struct stat status {};
    if (::fstat(file.fileno(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return Kind::other;
    }
    if (!options.follow_symlinks && !is_below(root, file.fileno())) {
        return Kind::outside;
    }
    identity = FileIdentity{status};
    content = read_content(std::move(file), identity);
    return Kind::file;
}

FileIdentity identity_of(const std::string& path) noexcept {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) ? FileIdentity{status}
                                                                         : FileIdentity{};
}

bool is_unchanged(
    const std::string& path,
    const FileIdentity& identity,
    const FoundFile& known,
    bool precompressed
) {
    if (known.kind != Kind::file || known.identity != identity) {
        return false;
    }
    for (std::size_t i = 0; precompressed && i < FoundFile::endings.size(); ++i) {
        if (identity_of(path + std::string{FoundFile::endings[i]}) != known.encoded[i].identity) {
            return false;
        }
    }
    return true;
}

}  // namespace

FileIdentity::FileIdentity(const struct stat& status) noexcept
    : device{status.st_dev},
      inode{status.st_ino},
      size{static_cast<std::uint64_t>(status.st_size)},
      modified{nanoseconds(status.st_mtim)},
      changed{nanoseconds(status.st_ctim)} {}

FoundFileRef find_file(
    const std::string& root,
    const std::string& path,
    const StaticFileOptions& options,
    const FoundFileRef& known
) {
    auto found = std::make_shared<FoundFile>();
    struct stat status {};
    if (path.find('\0') != path.npos) {
        return found;
    }
    if (::stat(path.c_str(), &status) != 0) {
        found->kind = kind_of_error(errno);
        return found;
    }
    if (!S_ISREG(status.st_mode)) {
        found->kind = S_ISDIR(status.st_mode) ? Kind::directory : Kind::other;
        return found;
    }
    if (known != nullptr &&
        is_unchanged(path, FileIdentity{status}, *known, options.precompressed)) {
        return known;
    }
    found->kind = open_file(root, path, options, found->identity, found->content);
    for (std::size_t i = 0; options.precompressed && i < FoundFile::endings.size(); ++i) {
        const auto beside = path + std::string{FoundFile::endings[i]};
        auto& encoded = found->encoded[i];
        encoded.identity = identity_of(beside);
        FileIdentity opened;
        if (found->kind == Kind::file && encoded.identity.modified >= found->identity.modified &&
            open_file(root, beside, options, opened, encoded.content) == Kind::file) {
            encoded.identity = opened;
        }
    }
    return found;
}

}  // namespace tornado::web
