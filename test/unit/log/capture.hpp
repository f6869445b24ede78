#pragma once

#include <unistd.h>

#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <tornado/log/handler.hpp>
#include <vector>

#include "../temporary_folder.hpp"

/// Keeps the records of all loggers while it lives.
class Capture {
public:
    Capture() { tornado::log::add_handler(keeper_); }
    ~Capture() { tornado::log::remove_handler(keeper_); }
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;

    [[nodiscard]] std::size_t size() const { return keeper_->records.size(); }
    [[nodiscard]] const tornado::log::Record& record(std::size_t i) const {
        return keeper_->records.at(i);
    }
    [[nodiscard]] const std::string& message(std::size_t i) const { return record(i).message; }

private:
    struct Keeper : tornado::log::Handler {
        void emit(const tornado::log::Record& record) override {
            const std::lock_guard lock{mutex};
            records.push_back(record);
        }
        std::mutex mutex;
        std::vector<tornado::log::Record> records;
    };
    std::shared_ptr<Keeper> keeper_ = std::make_shared<Keeper>();
};

/// Sends what is written to stderr into a file while it lives.
class StderrCapture {
public:
    StderrCapture() : file_{std::tmpfile()}, saved_{::dup(STDERR_FILENO)} {
        ::dup2(::fileno(file_), STDERR_FILENO);
    }
    ~StderrCapture() {
        restore();
        std::fclose(file_);
    }
    StderrCapture(const StderrCapture&) = delete;
    StderrCapture& operator=(const StderrCapture&) = delete;

    /// What was written so far; capturing ends.
    std::string text() {
        restore();
        std::string all;
        std::rewind(file_);
        for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) {
            all += static_cast<char>(c);
        }
        return all;
    }

private:
    void restore() {
        if (saved_ >= 0) {
            ::dup2(saved_, STDERR_FILENO);
            ::close(saved_);
            saved_ = -1;
        }
    }

    std::FILE* file_;
    int saved_;
};
