#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <tornado/log.hpp>
#include <utility>
#include <vector>

/// What the processes of a tree say: a letter and a number each, written at once.
struct Word {
    char what;
    int number;
    bool operator==(const Word&) const = default;
};

/// A child process in which a function runs, and the words that it and its own children say.
///
/// Nothing of Boost.Test runs in there: the child ends with _exit().
class Child {
public:
    template <typename F>
    explicit Child(F function) {
        BOOST_REQUIRE(::pipe2(words_, O_CLOEXEC) == 0);
        std::fflush(nullptr);  // or the child, too, writes what is buffered
        pid_ = ::fork();
        BOOST_REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            ::close(words_[0]);
            tornado::log::set_level(tornado::log::Level::critical);
            int status = 99;
            try {
                status = function(*this);
            } catch (const std::logic_error&) {
                status = 50;
            } catch (const std::runtime_error&) {
                status = 51;
            }
            ::_exit(status);
        }
        ::close(words_[1]);
    }
    ~Child() {
        ::close(words_[0]);
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// Inside.
    void say(char what, int number = 0) const {
        const Word word{what, number};
        static_cast<void>(::write(words_[1], &word, sizeof word));
    }

    // Outside

    [[nodiscard]] pid_t pid() const { return pid_; }
    /// The next word; '.' when all processes of the tree have ended.
    [[nodiscard]] Word listen() const {
        Word word{'.', 0};
        return ::read(words_[0], &word, sizeof word) == sizeof word ? word : Word{'.', 0};
    }
    [[nodiscard]] std::vector<Word> all_words() const {
        std::vector<Word> words;
        for (auto word = listen(); word.what != '.'; word = listen()) {
            words.push_back(word);
        }
        return words;
    }
    /// The exit status, or minus the signal that killed it.
    int join() {
        int status = 0;
        ::waitpid(std::exchange(pid_, -1), &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

private:
    int words_[2] = {-1, -1};
    pid_t pid_ = -1;
};

/// Until a signal ends it.
[[noreturn]] inline void sleep_for_ever() {
    while (true) {
        ::pause();
    }
}
