#include "tornado/util/call_stack.hpp"

#include <cstring>

#include "thrown.hpp"
#include "tornado/util/call_names.hpp"

namespace tornado::util {

constinit std::atomic<CallsOf> calls_of_thrown{nullptr};

std::string call_stack_of(const std::exception_ptr& exception) {
    const auto calls_of = calls_of_thrown.load();
    if (calls_of == nullptr || exception == nullptr) {
        return {};
    }
    static_assert(sizeof exception == sizeof(void*), "libstdc++'s points to what was thrown");
    const void* thrown = nullptr;
    std::memcpy(&thrown, &exception, sizeof thrown);
    return describe_calls(calls_of(thrown));
}

}  // namespace tornado::util
