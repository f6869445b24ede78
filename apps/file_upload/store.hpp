#pragma once

#include <tornado/web/temporary_file.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace upload {

/// A file that has come.
struct StoredFile {
    std::string name;
    std::uint64_t size = 0;  ///< bytes
    std::chrono::sys_time<std::chrono::milliseconds> time;
};

/// What becomes of a file whose name another one has.
enum class IfTaken : bool { number, refuse };

/// How much may come, in bytes.
struct Limits {
    std::uint64_t file = 0;  ///< one file
    std::uint64_t all = 0;   ///< all files together
};

/// What a file of so many bytes counts for: the smallest takes room on the disk too.
[[nodiscard]] constexpr std::uint64_t room_of(std::uint64_t size) noexcept {
    constexpr std::uint64_t least = 4096;
    return size < least ? least : size;
}

/// A folder of files that have come, and a hidden one in it for those that are on their way.
///
/// A file appears in it when it is whole, and takes no other's name. What an earlier run has left
/// half done is removed after a day. The functions that touch the disk are for an executor: they
/// may take their time. Thread safety: those are safe to call from any thread; all else belongs to
/// the loop's. Errors: std::system_error, and std::filesystem::filesystem_error.
class Store {
public:
    Store(std::string folder, Limits limits);

    [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
    [[nodiscard]] const Limits& limits() const noexcept { return limits_; }

    // On an executor

    /// An empty file for what is on its way.
    [[nodiscard]] std::shared_ptr<tornado::web::TemporaryFile> new_file() const;
    /// Where such files are.
    [[nodiscard]] std::string incoming_folder() const { return folder_ + "/.incoming"; }
    /// Puts a whole file among those that have come, by the name that its client gives it or one
    /// like it. Throws web::HTTPError{412} when the name is taken, and `if_taken` says to, and 409
    /// when a thousand like it are.
    [[nodiscard]] StoredFile keep(
        const tornado::web::TemporaryFile& file,
        const std::string& name,
        IfTaken if_taken = IfTaken::number
    ) const;
    /// All that have come, the latest first.
    [[nodiscard]] std::vector<StoredFile> list() const;

    // On the loop

    /// Remembers for a while what came of the upload with that key: its client may not hear of it.
    void remember(std::string key, std::vector<StoredFile> files);
    /// What came of it; nothing when that is not known.
    [[nodiscard]] std::vector<StoredFile> come_of(std::string_view key) const;

    /// Says how much the files take, as list() has it.
    void set_used(std::uint64_t bytes) noexcept { used_ = bytes; }
    /// How much more may come: what is on its way is counted.
    [[nodiscard]] std::uint64_t room() const noexcept;

private:
    friend class Claim;

    std::string folder_;
    Limits limits_;
    std::uint64_t used_ = 0;
    std::uint64_t claimed_ = 0;
    std::deque<std::pair<std::string, std::vector<StoredFile>>> remembered_;
};

/// Room for one upload, given back with it. Throws web::HTTPError{507} when there is none left.
class Claim {
public:
    explicit Claim(Store& store) : store_{store} {}
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    ~Claim() { store_.claimed_ -= size_; }

    /// Makes it at least so large.
    void cover(std::uint64_t size);
    /// What was on its way has come.
    void come() noexcept;

private:
    Store& store_;
    std::uint64_t size_ = 0;
};

}  // namespace upload
