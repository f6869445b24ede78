#include "tornado/websocket/deflate.hpp"

#include <sys/mman.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>
#include <vector>

#include "tornado/util/per_thread.hpp"

namespace tornado::websocket {

namespace {

/// What ends each message and is not sent (RFC 7692, 7.2.1).
constexpr std::string_view tail{"\0\0\xFF\xFF", 4};
constexpr std::size_t piece_size = 16 * 1024;

/// zlib has no window of 256 bytes for a raw stream; its window of 512 never reaches back further
/// than 250, so it does for the sender, and a larger one always does for the receiver.
int usable(int window_bits) noexcept {
    return std::max(window_bits, 9);
}

/// zlib's blocks come straight from the system, and so go back to it: what thousands of connections
/// had for a moment would otherwise stay with the process, scattered over its heap.
constexpr std::size_t least_mapped = 4 * 1024;

struct alignas(std::max_align_t) BlockHead {
    std::size_t mapped;  ///< the bytes of the mapping; 0: the block is from the heap
};

void* take_block(void* /*unused*/, unsigned items, unsigned size) {
    const auto whole = sizeof(BlockHead) + std::size_t{items} * size;
    if (whole >= least_mapped) {
        void* const block =
            ::mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (block != MAP_FAILED) {
            return ::new (block) BlockHead{whole} + 1;
        }  // there are too many mappings, say
    }
    void* const block = std::malloc(whole);
    return block == nullptr ? nullptr : ::new (block) BlockHead{0} + 1;
}

void give_block(void* /*unused*/, void* memory) {
    auto* const head = static_cast<BlockHead*>(memory) - 1;
    if (const auto mapped = head->mapped; mapped != 0) {
        ::munmap(head, mapped);
    } else {
        std::free(head);
    }
}

z_stream new_stream() noexcept {
    z_stream stream{};
    stream.zalloc = &take_block;
    stream.zfree = &give_block;
    return stream;
}

unsigned char* bytes_of(std::string_view text) noexcept {
    return reinterpret_cast<unsigned char*>(const_cast<char*>(text.data()));
}

}  // namespace

// Compression

struct Deflater::Stream {
    Stream(int level, int mem_level, int window_bits) {
        if (::deflateInit2(
                &zlib, level, Z_DEFLATED, -usable(window_bits), mem_level, Z_DEFAULT_STRATEGY
            ) != Z_OK) {
            throw std::bad_alloc{};
        }
    }
    ~Stream() { ::deflateEnd(&zlib); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    void compress(std::string_view message, std::string& out);

    z_stream zlib = new_stream();
};

void Deflater::Stream::compress(std::string_view message, std::string& out) {
    const auto begin = out.size();
    zlib.next_in = bytes_of(message);
    auto left = message.size();
    do {
        const auto count = std::min<std::size_t>(left, 1U << 30U);
        zlib.avail_in = static_cast<uInt>(count);
        left -= count;
        const int flush = left == 0 ? Z_SYNC_FLUSH : Z_NO_FLUSH;
        do {
            const auto end = out.size();
            const auto room = std::clamp<std::size_t>(count, 64, piece_size);
            out.resize(end + room);
            zlib.next_out = bytes_of(out) + end;
            zlib.avail_out = static_cast<uInt>(room);
            ::deflate(&zlib, flush);
            out.resize(out.size() - zlib.avail_out);
        } while (zlib.avail_out == 0);
    } while (left != 0);
    if (out.size() - begin >= tail.size()) {
        out.resize(out.size() - tail.size());
    }
}

namespace {

/// Compressors that all connections of a thread share.
class SharedDeflaters {
public:
    Deflater::Stream& get(const Deflater::Settings& settings) {
        for (auto& entry : entries_) {
            if (entry.level == settings.level && entry.mem_level == settings.mem_level &&
                entry.window_bits == settings.window_bits) {
                return *entry.stream;
            }
        }
        if (entries_.size() == most) {
            entries_.erase(entries_.begin());
        }
        entries_.push_back(
            {settings.level,
             settings.mem_level,
             settings.window_bits,
             std::make_unique<Deflater::Stream>(
                 settings.level, settings.mem_level, settings.window_bits
             )}
        );
        return *entries_.back().stream;
    }

private:
    struct Entry {
        int level;
        int mem_level;
        int window_bits;
        std::unique_ptr<Deflater::Stream> stream;
    };
    static constexpr std::size_t most = 8;
    std::vector<Entry> entries_;
};

}  // namespace

Deflater::Deflater(const Settings& settings) noexcept : settings_{settings} {}
Deflater::~Deflater() = default;

void Deflater::compress(std::string_view message, std::string& out) {
    if (message.empty()) {
        out.push_back('\0');  // RFC 7692, 7.2.3.6
        return;
    }
    if (settings_.context_takeover) {
        if (own_ == nullptr) {
            own_ = std::make_unique<Stream>(
                settings_.level, settings_.mem_level, settings_.window_bits
            );
        }
        own_->compress(message, out);
        return;
    }
    auto* const shared = util::PerThread<SharedDeflaters>::get();
    if (shared == nullptr) {
        Stream{settings_.level, settings_.mem_level, settings_.window_bits}.compress(message, out);
        return;
    }
    auto& stream = shared->get(settings_);
    ::deflateReset(&stream.zlib);
    stream.compress(message, out);
}

void Deflater::release() noexcept {
    own_.reset();
}

// Decompression

struct Inflater::Stream {
    Stream() {
        if (::inflateInit2(&zlib, -MAX_WBITS) != Z_OK) {
            throw std::bad_alloc{};
        }
    }
    ~Stream() { ::inflateEnd(&zlib); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    z_stream zlib = new_stream();
};

namespace {

/// Decompressors that wait for a message.
class FreeInflaters {
public:
    std::unique_ptr<Inflater::Stream> take() {
        if (free_.empty()) {
            return std::make_unique<Inflater::Stream>();
        }
        auto stream = std::move(free_.back());
        free_.pop_back();
        return stream;
    }
    void give(std::unique_ptr<Inflater::Stream> stream) {
        if (free_.size() < most) {
            free_.push_back(std::move(stream));
        }
    }

private:
    static constexpr std::size_t most = 4;
    std::vector<std::unique_ptr<Inflater::Stream>> free_;
};

}  // namespace

Inflater::Inflater(bool context_takeover, int window_bits) noexcept
    : context_takeover_{context_takeover},
      window_bits_{static_cast<std::uint8_t>(usable(window_bits))} {}
Inflater::~Inflater() = default;

void Inflater::begin() {
    if (stream_ != nullptr) {
        return;
    }
    auto* const pool = util::PerThread<FreeInflaters>::get();
    stream_ = pool != nullptr ? pool->take() : std::make_unique<Stream>();
    ::inflateReset2(&stream_->zlib, -window_bits_);
    if (!window_.empty()) {
        ::inflateSetDictionary(
            &stream_->zlib, bytes_of(window_), static_cast<uInt>(window_.size())
        );
        std::string{}.swap(window_);
    }
}

Inflater::Outcome Inflater::add(std::string_view part, std::string& out, std::size_t limit) {
    if (part.empty()) {
        return Outcome::done;
    }
    begin();
    began_ = true;
    auto& zlib = stream_->zlib;
    zlib.next_in = bytes_of(part);
    zlib.avail_in = static_cast<uInt>(part.size());  // the reader's parts are small
    std::array<char, piece_size> piece;
    do {
        zlib.next_out = bytes_of({piece.data(), piece.size()});
        zlib.avail_out = static_cast<uInt>(piece.size());
        const int result = ::inflate(&zlib, Z_SYNC_FLUSH);
        if (result != Z_OK && result != Z_BUF_ERROR && result != Z_STREAM_END) {
            return Outcome::corrupt;
        }
        const auto produced = piece.size() - zlib.avail_out;
        if (produced > limit - std::min(limit, out.size())) {
            return Outcome::too_much;
        }
        out.append(piece.data(), produced);
        if (result == Z_BUF_ERROR) {
            break;
        }
        ended_ = result == Z_STREAM_END && zlib.avail_in == 0;
        if (result == Z_STREAM_END) {
            ::inflateResetKeep(&zlib);  // RFC 7692, 7.2.3.5: blocks may follow the last one
        }
    } while (zlib.avail_in != 0 || zlib.avail_out == 0);
    return Outcome::done;
}

Inflater::Outcome Inflater::finish(std::string& out, std::size_t limit) {
    auto outcome = Outcome::done;
    if (began_ && !ended_) {
        outcome = add(tail, out, limit);
        constexpr int between_blocks = 128;
        if (outcome == Outcome::done && (stream_->zlib.data_type & between_blocks) == 0) {
            outcome = Outcome::corrupt;  // a block is cut short
        }
    }
    began_ = ended_ = false;
    if (!context_takeover_) {
        release();
    }
    return outcome;
}

void Inflater::release() {
    if (stream_ == nullptr) {
        return;
    }
    if (context_takeover_) {
        uInt size = 0;
        ::inflateGetDictionary(&stream_->zlib, nullptr, &size);
        window_.resize(size);
        ::inflateGetDictionary(&stream_->zlib, bytes_of(window_), &size);
        window_.shrink_to_fit();
    }
    if (auto* const pool = util::PerThread<FreeInflaters>::get()) {
        pool->give(std::move(stream_));
    }
    stream_.reset();
}

}  // namespace tornado::websocket
