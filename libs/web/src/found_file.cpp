#include "found_file.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <optional>
#include <vector>

#include "hmac.hpp"
#include "page_cache.hpp"
#include "static_path.hpp"

namespace tornado::web {

namespace {

constexpr std::uint64_t most_in_memory = 64 * 1024;
constexpr std::uint64_t most_hashed = 8 * 1024 * 1024;
constexpr std::size_t block_size = 128 * 1024;

using Kind = FoundFile::Kind;

Kind kind_of_error(int error) noexcept {
    switch (error) {
        case EACCES:
        case EPERM:
            return Kind::forbidden;
        case ENOENT:
        case ENOTDIR:
        case ENAMETOOLONG:
        case ELOOP:
        case EINVAL:  // a name that the file system cannot have
        case EILSEQ:
            return Kind::missing;
        default:
            return Kind::unavailable;  // EMFILE, ENFILE, ENOMEM, EIO and the like
    }
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

/// Nothing, with errno set, when the file cannot be read.
std::optional<std::string> hash_of_file(int file, std::uint64_t size) {
    Digest digest;
    std::vector<char> block(block_size);
    for (std::uint64_t offset = 0; offset < size;) {
        const auto count = read_at(file, block.data(), block.size(), offset);
        if (!count) {
            return std::nullopt;
        }
        if (*count == 0) {
            break;
        }
        digest.add({block.data(), *count});
        offset += *count;
    }
    return digest.end();
}

std::string text_of(const FileTime& time) {
    return std::to_string(time.seconds) + "." + std::to_string(time.nanoseconds);
}

std::string version_of_identity(const FileIdentity& identity) {
    const auto text = std::to_string(identity.device) + "-" + std::to_string(identity.inode) + "-" +
                      std::to_string(identity.size) + "-" + text_of(identity.modified) + "-" +
                      text_of(identity.changed);
    Digest digest;
    digest.add(text);
    return digest.end();
}

/// A path without links in it; nothing, with errno set, when there is no such file. It takes no
/// descriptor.
std::optional<std::string> real_path(const std::string& path) {
    const std::unique_ptr<char, decltype(&std::free)> real{
        ::realpath(path.c_str(), nullptr), &std::free};
    return real != nullptr ? std::optional<std::string>{real.get()} : std::nullopt;
}

/// Whether an open file lies below the root, wherever links have led.
bool is_below(const std::string& root, int file) {
    std::array<char, PATH_MAX> path;
    const auto link = "/proc/self/fd/" + std::to_string(file);
    const auto size = ::readlink(link.c_str(), path.data(), path.size());
    const auto real_root = real_path(root);
    return real_root && size >= 0 &&
           is_inside(*real_root, {path.data(), static_cast<std::size_t>(size)});
}

/// Whether links on the way to `path` lead out of the root. Of what is not there, the folder counts
/// that is nearest to it.
bool leads_out(const std::string& root, std::string path) {
    const auto real_root = real_path(root);
    if (!real_root) {
        return errno != ENOENT;
    }
    while (path.size() > root.size()) {
        if (const auto real = real_path(path)) {
            return !is_inside(*real_root, *real);
        }
        const auto slash = path.rfind('/');
        path.resize(slash == path.npos ? 0 : slash);
    }
    return false;
}

/// The content of an open file; null, with errno set, when it cannot be read.
StaticContentRef read_content(netutil::Socket file, const FileIdentity& identity) {
    auto content = std::make_shared<StaticContent>();
    content->size = identity.size;
    content->modified = identity.modified.on_the_clock();
    if (identity.size <= most_in_memory) {
        auto& bytes = content->bytes;
        bytes.resize(identity.size);
        const auto count = read_at(file.fileno(), bytes.data(), bytes.size(), 0);
        if (!count) {
            return nullptr;
        }
        bytes.resize(*count);
        content->size = *count;
        Digest digest;
        digest.add(bytes);
        content->version = digest.end();
        return content;
    }
    auto version = identity.size <= most_hashed ? hash_of_file(file.fileno(), identity.size)
                                                : version_of_identity(identity);
    if (!version) {
        return nullptr;
    }
    content->version = std::move(*version);
    content->file = std::move(file);
    return content;
}

/// What has come of opening a file.
struct Opened {
    Kind kind = Kind::missing;
    int error = 0;
    FileIdentity identity = {};
    StaticContentRef content = {};
};

Opened failed(int error) {
    Opened opened;
    opened.kind = kind_of_error(error);
    opened.error = error;
    return opened;
}

Opened refused(Kind kind) {
    Opened opened;
    opened.kind = kind;
    return opened;
}

/// Opens a regular file and takes its content in.
Opened
open_file(const std::string& root, const std::string& path, const StaticFileOptions& options) {
    // It is regular, but may be another by now: opening a pipe must not wait for its other end.
    netutil::Socket file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    struct stat status {};
    if (!file || ::fstat(file.fileno(), &status) != 0) {
        return failed(errno);
    }
    if (!S_ISREG(status.st_mode)) {
        return refused(Kind::other);
    }
    if (!options.follow_symlinks && !is_below(root, file.fileno())) {
        return refused(Kind::outside);
    }
    auto opened = refused(Kind::file);
    opened.identity = FileIdentity{status};
    opened.content = read_content(std::move(file), opened.identity);
    return opened.content != nullptr ? opened : failed(errno);
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

/// Opens what is compressed beside a file, if it is no older.
FoundFile::Encoded open_encoded(
    const std::string& root,
    const std::string& path,
    const StaticFileOptions& options,
    const FileIdentity& identity
) {
    FoundFile::Encoded encoded;
    encoded.identity = identity_of(path);
    if (encoded.identity.modified < identity.modified || encoded.identity == FileIdentity{}) {
        return encoded;
    }
    auto opened = open_file(root, path, options);
    if (opened.kind == Kind::file || opened.kind == Kind::unavailable) {
        encoded.identity = opened.identity;  // none: it is tried again at the next look
        encoded.content = std::move(opened.content);
    }
    return encoded;
}

FoundFileRef
open_all(const std::string& root, const std::string& path, const StaticFileOptions& options) {
    auto found = std::make_shared<FoundFile>();
    auto opened = open_file(root, path, options);
    found->kind = opened.kind;
    found->error = opened.error;
    found->identity = opened.identity;
    found->content = std::move(opened.content);
    for (std::size_t i = 0; options.precompressed && i < FoundFile::endings.size(); ++i) {
        if (found->kind == Kind::file) {
            const auto beside = path + std::string{FoundFile::endings[i]};
            found->encoded[i] = open_encoded(root, beside, options, found->identity);
        }
    }
    return found;
}

}  // namespace

FileTime::FileTime(const timespec& time) noexcept
    : seconds{time.tv_sec},
      nanoseconds{time.tv_nsec} {}

std::chrono::system_clock::time_point FileTime::on_the_clock() const noexcept {
    using Time = std::chrono::system_clock::time_point;
    constexpr auto last = std::chrono::floor<std::chrono::seconds>(Time::max().time_since_epoch());
    constexpr auto first = std::chrono::ceil<std::chrono::seconds>(Time::min().time_since_epoch());
    if (seconds >= last.count()) {
        return Time{last};
    }
    if (seconds <= first.count()) {
        return Time{first};
    }
    return Time{std::chrono::duration_cast<Time::duration>(
        std::chrono::seconds{seconds} + std::chrono::nanoseconds{nanoseconds}
    )};
}

FileIdentity::FileIdentity(const struct stat& status) noexcept
    : device{status.st_dev},
      inode{status.st_ino},
      size{static_cast<std::uint64_t>(status.st_size)},
      modified{status.st_mtim},
      changed{status.st_ctim} {}

FoundFileRef find_file(
    const std::string& root,
    const std::string& path,
    const StaticFileOptions& options,
    const FoundFileRef& known
) {
    auto found = std::make_shared<FoundFile>();
    if (path.find('\0') != path.npos) {
        return found;
    }
    struct stat status {};
    bool is_known = false;
    if (::stat(path.c_str(), &status) != 0) {
        found->error = errno;
        found->kind = kind_of_error(errno);
    } else if (!S_ISREG(status.st_mode)) {
        found->kind = S_ISDIR(status.st_mode) ? Kind::directory : Kind::other;
    } else {
        const FileIdentity identity{status};
        is_known = known && is_unchanged(path, identity, *known, options.precompressed);
        if (!is_known) {
            return open_all(root, path, options);
        }
    }
    if (!options.follow_symlinks && leads_out(root, path)) {
        found->kind = Kind::outside;
        return found;
    }
    return is_known ? known : found;
}

bool takes_long_to_find(const std::string& path, const FoundFileRef& known) noexcept {
    const auto identity = identity_of(path);
    return identity.size > most_in_memory && (known == nullptr || known->identity != identity);
}

}  // namespace tornado::web
