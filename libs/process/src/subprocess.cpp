#include "tornado/process/subprocess.hpp"

#include "child.hpp"
#include "orphans.hpp"
#include "spawn.hpp"
#include "wiring.hpp"

namespace tornado::process {

namespace {

constexpr const char* names[] = {"stdin_", "stdout_", "stderr_"};

std::string describe(int returncode, const std::vector<std::string>& cmd) {
    std::string text = "the command '";
    for (const auto& word : cmd) {
        if (&word != &cmd.front()) {
            text += ' ';
        }
        text += word;
    }
    return returncode < 0 ? text + "' was killed by signal " + std::to_string(-returncode)
                          : text + "' returned " + std::to_string(returncode);
}

}  // namespace

CalledProcessError::CalledProcessError(int returncode, const std::vector<std::string>& cmd)
    : std::runtime_error{describe(returncode, cmd)},
      returncode_{returncode},
      cmd_{std::make_shared<const std::vector<std::string>>(cmd)} {}

Subprocess::Subprocess(const std::vector<std::string>& args)
    : Subprocess{args, SubprocessOptions{}} {}

Subprocess::Subprocess(const std::vector<std::string>& args, const SubprocessOptions& options) {
    auto& loop = ioloop::IOLoop::current();
    reap_orphans();
    Wiring wiring{options};
    for (std::size_t target = 0; target < streams_.size(); ++target) {
        if (auto end = wiring.take_own_end(target)) {
            streams_[target].emplace(std::move(end));
        }
    }
    const auto pid = spawn(args, options, wiring.descriptors());
    child_ = Child::watch(loop, pid, args);
}

Subprocess::Subprocess(Subprocess&&) noexcept = default;
Subprocess& Subprocess::operator=(Subprocess&&) noexcept = default;
Subprocess::~Subprocess() = default;

iostream::PipeIOStream& Subprocess::stream(std::size_t target) {
    if (!streams_[target]) {
        throw std::logic_error{
            std::string{"there is no stream to its "} + names[target] +
            ": set that option to Subprocess::STREAM"};
    }
    return *streams_[target];
}

int Subprocess::pid() const noexcept {
    return child_->pid();
}
std::optional<int> Subprocess::returncode() const noexcept {
    return child_->returncode();
}
Future<int> Subprocess::wait_for_exit(bool raise_error) {
    return child_->wait_for_exit(raise_error);
}
void Subprocess::replace_exit_callback(ExitCallback callback) {
    child_->set_exit_callback(std::move(callback));
}
void Subprocess::send_signal(int signal) {
    child_->send_signal(signal);
}

}  // namespace tornado::process
