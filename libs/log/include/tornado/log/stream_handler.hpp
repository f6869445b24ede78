#pragma once

#include <memory>
#include <mutex>

#include "tornado/log/formatter.hpp"
#include "tornado/log/handler.hpp"

namespace tornado::log {

/// Writes each record to a file descriptor, stderr unless told otherwise, by one write(2).
///
/// When the descriptor is non-blocking and full it waits: no record is lost or torn.
///
/// Ownership: borrows the descriptor, owns the formatter (a LogFormatter by default).
/// Errors: emit() throws std::system_error when the write fails. Mirrors `logging.StreamHandler`.
class StreamHandler : public Handler {
public:
    explicit StreamHandler(int fd = 2, std::unique_ptr<Formatter> formatter = nullptr);

    void emit(const Record& record) override;
    void capture(Record& record) const override;

private:
    int fd_;
    std::unique_ptr<Formatter> formatter_;
    std::mutex mutex_;  // keeps a line together that takes several writes
    bool torn_ = false;
};

}  // namespace tornado::log
