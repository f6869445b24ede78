#include "tornado/websocket/frame.hpp"

#include <stdexcept>

#include "tornado/escape/utf8.hpp"

namespace tornado::websocket {

namespace {

void append_number(std::string& out, std::uint64_t number, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
        out.push_back(static_cast<char>(number >> static_cast<unsigned>(shift) & 0xFFU));
    }
}

}  // namespace

void append_frame_head(std::string& out, const FrameHead& head) {
    const unsigned flags = (head.fin ? 0x80U : 0U) | (head.compressed ? 0x40U : 0U);
    const unsigned mask_bit = head.mask ? 0x80U : 0U;
    out.push_back(static_cast<char>(flags | static_cast<unsigned>(head.opcode)));
    if (head.length < 126) {
        out.push_back(static_cast<char>(mask_bit | static_cast<unsigned>(head.length)));
    } else if (head.length <= 0xFFFF) {
        out.push_back(static_cast<char>(mask_bit | 126U));
        append_number(out, head.length, 2);
    } else {
        out.push_back(static_cast<char>(mask_bit | 127U));
        append_number(out, head.length, 8);
    }
    if (head.mask) {
        out.append(head.mask->data(), head.mask->size());
    }
}

void append_frame(std::string& out, FrameHead head, std::string_view payload) {
    head.length = payload.size();
    append_frame_head(out, head);
    const auto begin = out.size();
    out.append(payload);
    if (head.mask) {
        apply_mask({out.data() + begin, payload.size()}, *head.mask);
    }
}

void check_message(bool binary, std::string_view data) {
    if (!binary && !escape::is_valid_utf8(data)) {
        throw std::invalid_argument{
            "a text message is UTF-8: write_message(bytes, true) sends others"};
    }
}

void check_close(std::optional<int> code, std::string_view reason) {
    const bool sendable =
        !code || (*code >= 0 && *code <= 0xFFFF && is_sendable(static_cast<CloseCode>(*code)));
    if (!sendable) {
        throw std::invalid_argument{
            "a Close cannot have the code " + std::to_string(*code) +
            ": use one of close_code, or 3000 to 4999"};
    }
    if (reason.size() > max_control_payload - sizeof(CloseCode)) {
        throw std::invalid_argument{"the reason of a Close is at most 123 bytes long"};
    }
    if (!escape::is_valid_utf8(reason)) {
        throw std::invalid_argument{"the reason of a Close is UTF-8"};
    }
}

std::string close_payload(std::optional<CloseCode> code, std::string_view reason) {
    std::string payload;
    if (code) {
        append_number(payload, *code, 2);
        payload.append(reason);
    }
    return payload;
}

}  // namespace tornado::websocket
