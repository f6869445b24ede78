#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "tornado/concurrent/future.hpp"
#include "tornado/iostream/family.hpp"
#include "tornado/iostream/socket.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::netutil {

/// Why a host's name could not be resolved; the code of the std::system_error that resolve() fails
/// with, whose text names the host too.
enum class ResolverErrc {
    bad_name = 1,       ///< no name of a host: empty, longer than 253 characters, or with a NUL
    name_not_known,     ///< no such host (EAI_NONAME)
    no_address,         ///< the host has no address, or none of the family asked for (EAI_NODATA)
    temporary_failure,  ///< no name server has answered: try again later (EAI_AGAIN)
    failure,            ///< a name server refuses, or says what makes no sense (EAI_FAIL)
};

[[nodiscard]] const std::error_category& resolver_category() noexcept;
[[nodiscard]] inline std::error_code make_error_code(ResolverErrc error) noexcept {
    return {static_cast<int>(error), resolver_category()};
}

/// Finds the addresses of hosts.
///
/// The usual one, which make() gives, is a ThreadedResolver; others are BlockingResolver,
/// ExecutorResolver, OverrideResolver and caresresolver::CaresResolver. Derive from it to look
/// hosts up elsewhere.
///
/// Thread safety: belongs to its loop's thread, unless the class says more.
/// Mirrors `tornado.netutil.Resolver`.
///
///     const auto resolver = Resolver::make();
///     const auto addresses = co_await resolver->resolve("www.example.com", 443);
class Resolver {
public:
    using Addresses = std::vector<Address>;
    using Factory = util::UniqueFunction<std::shared_ptr<Resolver>()>;

    Resolver() = default;
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;
    virtual ~Resolver() = default;

    /// The addresses of `host`, a name or a numeric address, with `port`: at least one, the one to
    /// try first before the others.
    /// Errors: std::system_error with a ResolverErrc, or that of a system call. Throws
    /// std::invalid_argument at once for a port that is not between 0 and 65535.
    /// Cancellation: at once; a late answer is dropped.
    Future<Addresses> resolve(std::string host, int port, Family family = Family::any);

    /// Gives back what it holds. It resolves nothing afterwards.
    virtual void close() {}

    /// A new resolver of the kind that configure() has chosen.
    [[nodiscard]] static std::shared_ptr<Resolver> make();
    /// Chooses what make() makes in this process from now on, and with it what clients use that are
    /// given no resolver; null makes that a ThreadedResolver again. May be called from any thread,
    /// and `factory` will be. Mirrors `Resolver.configure`.
    static void configure(Factory factory);

protected:
    /// What resolve() does with a host whose name and port may be ones. Numeric addresses come here
    /// as well.
    virtual Future<Addresses> look_up(std::string host, std::uint16_t port, Family family) = 0;
};

/// The one address that `host` is when it is numeric, if that is of the family asked for; none when
/// it is not numeric. Throws std::system_error with ResolverErrc::no_address for the other
/// family's.
[[nodiscard]] Resolver::Addresses
numeric_address(std::string_view host, std::uint16_t port, Family family);

/// The error of a host that could not be resolved: it says its name.
[[nodiscard]] std::system_error resolver_error(std::error_code reason, std::string_view host);

/// Whether `text` is a numeric IPv4 or IPv6 address. Short forms of old, such as "127.1", are none.
/// Mirrors `tornado.netutil.is_valid_ip`.
[[nodiscard]] bool is_valid_ip(std::string_view text) noexcept;

}  // namespace tornado::netutil

template <>
struct std::is_error_code_enum<tornado::netutil::ResolverErrc> : std::true_type {};
