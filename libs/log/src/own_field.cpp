#include "own_field.hpp"

#include <algorithm>

namespace tornado::log {

void capture_field(const LogField& field, Record& record) {
    record.fields.push_back({field.name, field.text()});
}

std::string field_text(const LogField& field, const Record& record) {
    const auto found = std::ranges::find(record.fields, field.name, &FieldText::name);
    return found != record.fields.end() ? found->text : field.text();
}

}  // namespace tornado::log
