#include "tornado/httputil/body_arguments.hpp"

#include <algorithm>
#include <utility>

#include "character.hpp"
#include "tornado/httputil/header_params.hpp"

namespace tornado::httputil {
namespace {

ParseBodyConfig& global_config() noexcept {
    static ParseBodyConfig config;
    return config;
}

/// Puts a part that has ended into the form.
void take_part(Form& form, const PartHead& head, std::string body) {
    if (head.is_file()) {
        form.files[head.name].push_back({head.filename, std::move(body), head.content_type});
    } else {
        form.arguments.add(head.name, std::move(body));
    }
}

Result<Form> parse_urlencoded(std::string_view body, std::size_t max_arguments) {
    const auto separators = static_cast<std::size_t>(std::count(body.begin(), body.end(), '&'));
    if (separators >= max_arguments) {
        return Errc::too_many_parts;
    }
    return Form{parse_arguments(body), {}};
}

}  // namespace

void set_parse_body_config(const ParseBodyConfig& config) {
    global_config() = config;
}

const ParseBodyConfig& parse_body_config() noexcept {
    return global_config();
}

Result<Form> parse_body_arguments(
    const HTTPHeaders& headers,
    std::string_view body,
    const ParseBodyConfig& config
) {
    const auto content_type = headers.only(KnownHeader::content_type).value_or("");
    const auto kind = parse_header_params(content_type).value;
    const bool urlencoded = equals_ignore_case(kind, "application/x-www-form-urlencoded");
    if (!urlencoded && !equals_ignore_case(kind, "multipart/form-data")) {
        return Form{};
    }
    if (headers.contains("Content-Encoding")) {
        return Errc::encoded_form;
    }
    return urlencoded ? parse_urlencoded(body, config.max_arguments)
                      : parse_multipart_form_data(content_type, body, config.multipart);
}

Result<Form> parse_multipart_form_data(
    std::string_view content_type,
    std::string_view body,
    const ParseMultipartConfig& config
) {
    using Status = MultipartParser::Status;
    auto parser = MultipartParser::for_content_type(content_type, config);
    if (parser.has_error()) {
        return parser.error();
    }
    Form form;
    std::string part;
    while (true) {
        const auto step = parser->next(body);
        body.remove_prefix(step.consumed);
        switch (step.status) {
            case Status::part:
                part.clear();
                break;
            case Status::data:
                part += step.data;
                break;
            case Status::part_end:
                take_part(form, parser->head(), std::exchange(part, {}));
                break;
            case Status::complete:
                return form;
            case Status::need_more:
                return Errc::malformed_multipart;  // the last delimiter is missing
            case Status::error:
                return step.error;
        }
    }
}

}  // namespace tornado::httputil
