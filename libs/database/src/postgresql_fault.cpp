#include "postgresql_fault.hpp"

#include <algorithm>
#include <utility>

#include "backend.hpp"

namespace tornado::database::postgresql {

namespace {

std::string field(const PGresult& result, int code) {
    const char* const text = PQresultErrorField(&result, code);
    return text == nullptr ? std::string{} : std::string{text};
}

/// Where verbose text says `SEVERITY:  28P01: ...`: of several addresses, the last one.
std::string sqlstate_in(std::string_view text) {
    constexpr std::string_view mark = ":  ";
    constexpr std::size_t length = 5;
    std::string found;
    for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + 1)) {
        const auto state = text.substr(at + mark.size(), length);
        const bool is_state = state.size() == length && std::ranges::all_of(state, [](char c) {
                                  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
                              });
        if (is_state && text.substr(at + mark.size() + length).starts_with(": ")) {
            found = state;
        }
    }
    return found;
}

/// Whether the same attempt will fail again, however long one waits.
bool is_permanent(std::string_view sqlstate) {
    if (sqlstate.empty()) {
        return false;
    }
    constexpr std::string_view passing[] = {"08", "53", "55", "57", "58", "XX"};
    return std::ranges::find(passing, sqlstate.substr(0, 2)) == std::end(passing);
}

}  // namespace

FaultKind kind_of(std::string_view sqlstate) noexcept {
    using Kind = FaultKind;
    if (sqlstate == "08P01") {  // a number of values that the query has not
        return Kind::programming;
    }
    constexpr std::pair<std::string_view, Kind> kinds[] = {
        {"0A", Kind::not_supported},
        {"20", Kind::programming},
        {"21", Kind::programming},
        {"22", Kind::data},
        {"23", Kind::integrity},
        {"24", Kind::internal},
        {"25", Kind::internal},
        {"26", Kind::programming},
        {"2B", Kind::internal},
        {"2D", Kind::internal},
        {"34", Kind::programming},
        {"3D", Kind::programming},
        {"3F", Kind::programming},
        {"42", Kind::programming},
        {"44", Kind::programming},
        {"P0", Kind::programming},
        {"XX", Kind::internal},
    };
    const auto* const found =
        std::ranges::find(kinds, sqlstate.substr(0, 2), &std::pair<std::string_view, Kind>::first);
    return found == std::end(kinds) ? Kind::operational : found->second;
}

std::string one_line(std::string_view text) {
    std::string line;
    for (const char c : text) {
        const bool is_space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
        if (!is_space) {
            line.push_back(c);
        } else if (!line.empty() && line.back() != ' ') {
            line.push_back(' ');
        }
    }
    if (line.ends_with(' ')) {
        line.pop_back();
    }
    return line;
}

Fault fault_of(const PGresult& result) {
    Fault fault;
    fault.code = field(result, PG_DIAG_SQLSTATE);
    fault.kind = kind_of(fault.code);
    fault.text = field(result, PG_DIAG_MESSAGE_PRIMARY);
    if (fault.text.empty()) {
        fault.text = one_line(PQresultErrorMessage(&result));
    }
    for (const int more : {PG_DIAG_MESSAGE_DETAIL, PG_DIAG_MESSAGE_HINT}) {
        if (const auto text = field(result, more); !text.empty()) {
            fault.text += "; " + text;
        }
    }
    // The part that is not translated.
    const auto severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    fault.lost = severity == "FATAL" || severity == "PANIC";
    return fault;
}

Fault lost_fault(const PGconn& connection) {
    Fault fault;
    fault.text = one_line(PQerrorMessage(&connection));
    if (fault.text.empty()) {
        fault.text = "the connection to the server is gone";
    }
    fault.lost = true;
    return fault;
}

Fault connect_fault(PGconn& connection) {
    Fault fault = lost_fault(connection);
    const std::string_view text = PQerrorMessage(&connection);
    fault.code = sqlstate_in(text);
    // Verbose text ends with the place in the server's source.
    fault.text = one_line(text.substr(0, text.rfind("\nLOCATION:")));
    fault.lost = !is_permanent(fault.code) && PQconnectionNeedsPassword(&connection) == 0 &&
                 !is_mistrust(fault.text);
    if (!fault.lost && !fault.code.empty()) {
        fault.kind = kind_of(fault.code);
    }
    return fault;
}

}  // namespace tornado::database::postgresql
