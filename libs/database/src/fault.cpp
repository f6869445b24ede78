#include "fault.hpp"

#include <algorithm>

#include "backend.hpp"
#include "tornado/concurrent/errors.hpp"
#include "tornado/database/errors.hpp"

namespace tornado::database {

std::exception_ptr make_exception(const Fault& fault) {
    const auto make = [&]<typename E>(const E*) {
        return std::make_exception_ptr(E{fault.text, fault.code});
    };
    if (fault.lost) {
        return make(static_cast<ConnectionLostError*>(nullptr));
    }
    switch (fault.kind) {
        case FaultKind::integrity:
            return make(static_cast<IntegrityError*>(nullptr));
        case FaultKind::programming:
            return make(static_cast<ProgrammingError*>(nullptr));
        case FaultKind::data:
            return make(static_cast<DataError*>(nullptr));
        case FaultKind::interface:
            return make(static_cast<InterfaceError*>(nullptr));
        case FaultKind::not_supported:
            return make(static_cast<NotSupportedError*>(nullptr));
        case FaultKind::internal:
            return make(static_cast<InternalError*>(nullptr));
        case FaultKind::operational:
            break;
    }
    return make(static_cast<OperationalError*>(nullptr));
}

Fault wrong_parameters(std::size_t wanted, std::size_t given) {
    Fault fault;
    fault.kind = FaultKind::programming;
    fault.text = "the query has " + std::to_string(wanted) +
                 (wanted == 1 ? " parameter" : " parameters") + ", but " + std::to_string(given) +
                 (given == 1 ? " value was given" : " values were given");
    return fault;
}

Fault result_too_large(std::size_t limit) {
    Fault fault;
    fault.kind = FaultKind::data;
    fault.text = "the result has more than " + std::to_string(limit) +
                 " bytes: read it with iter(), or raise ConnectionOptions::max_result_size";
    return fault;
}

bool is_mistrust(std::string_view text) noexcept {
    constexpr std::string_view signs[] = {"certificate", "does not support"};
    return std::ranges::any_of(signs, [&](auto sign) { return text.find(sign) != text.npos; });
}

Fault was_cancelled() {
    Fault fault;
    fault.text = "the query was cancelled";
    fault.cancelled = true;
    return fault;
}

}  // namespace tornado::database
