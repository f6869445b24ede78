#include "thread_snapshot.hpp"

#include <pthread.h>
#include <unistd.h>
#include <unwind.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "tornado/stack_context.hpp"

namespace tornado::ioloop {

namespace {

/// The one question that a thread may be asked at a time, and its answer. Whoever sets the state
/// from `nobody` asks; the signal's handler writes the answer while the state is `answering`.
struct Question {
    /// The id of the thread that is asked, or one of these.
    static constexpr pid_t nobody = 0;
    static constexpr pid_t answering = -1;
    static constexpr pid_t answered = -2;

    std::atomic<pid_t> state = nobody;
    const Pulse* pulse = nullptr;
    Pulse::Count count = 0;

    bool moved_on = false;
    std::array<char, 255> label{};
    std::size_t label_size = 0;
    std::array<std::uintptr_t, 96> calls{};
    std::size_t call_count = 0;

    static_assert(std::atomic<pid_t>::is_always_lock_free);
};

constinit Question question;

// On the thread that is asked, inside the signal's handler: no lock, no allocation.

/// Return addresses are brought back into the call. What was interrupted stands at its instruction;
/// all that is inside of it is the handler itself, and is forgotten.
_Unwind_Reason_Code add_call(_Unwind_Context* context, void*) noexcept {
    int was_interrupted = 0;
    const auto address = static_cast<std::uintptr_t>(_Unwind_GetIPInfo(context, &was_interrupted));
    if (was_interrupted != 0) {
        question.call_count = 0;
    }
    if (address == 0 || question.call_count == question.calls.size()) {
        return _URC_END_OF_STACK;
    }
    question.calls[question.call_count++] = was_interrupted != 0 ? address : address - 1;
    return _URC_NO_REASON;
}

void answer_question() noexcept {
    question.moved_on = question.pulse->count() != question.count;
    question.label_size = 0;
    question.call_count = 0;
    if (question.moved_on) {
        return;
    }
    if (const auto* label = stack_context::label()) {
        question.label_size = std::min(label->size(), question.label.size());
        std::copy_n(label->data(), question.label_size, question.label.data());
    }
    _Unwind_Backtrace(&add_call, nullptr);
}

void on_question(int) {
    const int error = errno;
    auto asked = ::gettid();
    if (question.state.compare_exchange_strong(asked, Question::answering)) {
        answer_question();
        question.state = Question::answered;
    }
    errno = error;
}

// Elsewhere.

_Unwind_Reason_Code go_on(_Unwind_Context*, void*) noexcept {
    return _URC_NO_REASON;
}

/// Takes the highest real-time signal that nobody uses.
int install_handler() {
    _Unwind_Backtrace(&go_on, nullptr);  // the first call makes tables, which no handler may
    ::pthread_atfork(nullptr, nullptr, [] { question.state = Question::nobody; });
    struct sigaction action {};
    action.sa_handler = &on_question;
    action.sa_flags = SA_RESTART;
    ::sigemptyset(&action.sa_mask);
    for (int signal = SIGRTMAX; signal >= SIGRTMIN; --signal) {
        struct sigaction former {};
        if (::sigaction(signal, nullptr, &former) == 0 && (former.sa_flags & SA_SIGINFO) == 0 &&
            former.sa_handler == SIG_DFL && ::sigaction(signal, &action, nullptr) == 0) {
            return signal;
        }
    }
    throw std::runtime_error{
        "all real-time signals have handlers: leave one to the IOLoop's blocking threshold"};
}

int question_signal() {
    static const int signal = install_handler();
    return signal;
}

/// Calls `done` again and again until it says true, for up to half a second.
template <typename F>
bool wait_until(F&& done) {
    constexpr int most_looks = 500;
    for (int look = 0; look < most_looks; ++look) {
        if (done()) {
            return true;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return false;
}

bool reserve_question(pid_t thread, const Pulse& pulse, Pulse::Count count) {
    // Until it is asked, `answering` keeps all others away.
    const bool mine = wait_until([] {
        auto nobody = Question::nobody;
        return question.state.compare_exchange_strong(nobody, Question::answering);
    });
    if (mine) {
        question.pulse = &pulse;
        question.count = count;
        question.state = thread;
    }
    return mine;
}

/// False when it was taken back unanswered.
bool wait_for_answer(pid_t thread) {
    const auto answered = [] { return question.state == Question::answered; };
    if (::tgkill(::getpid(), thread, question_signal()) == 0 && wait_until(answered)) {
        return true;
    }
    if (question.state.compare_exchange_strong(thread, Question::nobody)) {
        return false;
    }
    while (!wait_until(answered)) {  // it has begun, so it will end
    }
    return true;
}

}  // namespace

pid_t allow_snapshots_of_this_thread() {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, question_signal());
    ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    return ::gettid();
}

ThreadSnapshot take_snapshot(pid_t thread, const Pulse& pulse, Pulse::Count count) {
    using Outcome = ThreadSnapshot::Outcome;
    if (!reserve_question(thread, pulse, count) || !wait_for_answer(thread)) {
        return {};
    }
    ThreadSnapshot snapshot;
    snapshot.outcome = question.moved_on ? Outcome::moved_on : Outcome::taken;
    snapshot.label = std::string_view{question.label.data(), question.label_size};
    snapshot.calls.assign(
        question.calls.begin(),
        question.calls.begin() + static_cast<std::ptrdiff_t>(question.call_count)
    );
    question.state = Question::nobody;
    return snapshot;
}

}  // namespace tornado::ioloop
