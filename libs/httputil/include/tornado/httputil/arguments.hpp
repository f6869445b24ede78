#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tornado/util/result.hpp"

namespace tornado::httputil {

/// The arguments of a query or a form: names and values in the order they came, any bytes.
///
/// A name may come several times. Look-ups are scans; adding is not.
///
/// Ownership: owns its text; a view it returns lives until its next change.
/// Thread safety: one object, one thread.
class Arguments {
public:
    struct Argument {
        std::string name;
        std::string value;

        bool operator==(const Argument&) const = default;
    };
    using const_iterator = std::vector<Argument>::const_iterator;

    Arguments() = default;
    Arguments(std::initializer_list<Argument> arguments) : arguments_{arguments} {}

    void add(std::string name, std::string value) {
        arguments_.push_back({std::move(name), std::move(value)});
    }
    /// Appends all arguments of `others`, as Tornado does with a body's to a query's.
    void append(const Arguments& others);
    void clear() noexcept { arguments_.clear(); }

    /// The value of `name` that came last, or nullopt.
    [[nodiscard]] std::optional<std::string_view> last(std::string_view name) const noexcept;

    /// All values of `name` in the order they came; empty when it is absent.
    [[nodiscard]] std::vector<std::string_view> get_list(std::string_view name) const;

    [[nodiscard]] bool contains(std::string_view name) const noexcept {
        return last(name).has_value();
    }

    /// The number of arguments; a repeated name counts each time.
    [[nodiscard]] std::size_t size() const noexcept { return arguments_.size(); }
    [[nodiscard]] bool empty() const noexcept { return arguments_.empty(); }
    [[nodiscard]] const_iterator begin() const noexcept { return arguments_.begin(); }
    [[nodiscard]] const_iterator end() const noexcept { return arguments_.end(); }
    bool operator==(const Arguments&) const = default;

private:
    std::vector<Argument> arguments_;
};

/// Parses a query string or a urlencoded form: "&" alone separates, "+" is a space, blank values
/// are kept, a piece without "=" is a name with a blank value, an empty piece is nothing. Takes any
/// bytes.
[[nodiscard]] Arguments parse_arguments(std::string_view text);

/// Name and value pairs. Mirrors what `tornado.httputil.qs_to_qsl` yields.
using ArgumentList = std::vector<std::pair<std::string_view, std::string_view>>;

/// The arguments as pairs of views into them, in their order. Mirrors `tornado.httputil.qs_to_qsl`.
[[nodiscard]] ArgumentList qs_to_qsl(const Arguments& arguments);

/// `url` with arguments added to those its query has; its fragment stays behind them.
/// Mirrors `tornado.httputil.url_concat`.
///
///     url_concat("http://example.com/foo?a=b", {{"c", "d"}});  // "http://example.com/foo?a=b&c=d"
[[nodiscard]] std::string url_concat(std::string_view url, const ArgumentList& arguments);

/// A host and, if one was given, its port.
struct HostAndPort {
    std::string_view host;  ///< an IPv6 address keeps its brackets
    std::optional<int> port;

    bool operator==(const HostAndPort&) const = default;
};

/// Splits "host:port". What does not end in a colon and a port up to 65535 is all host, and so is
/// an IPv6 address without brackets. Mirrors `tornado.httputil.split_host_and_port`.
[[nodiscard]] HostAndPort split_host_and_port(std::string_view netloc) noexcept;

}  // namespace tornado::httputil
