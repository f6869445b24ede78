#include "tornado/cares/cares_resolver.hpp"

#include <stdexcept>
#include <system_error>

#include "channel.hpp"

namespace tornado::caresresolver {

CaresResolver::CaresResolver(const CaresOptions& options)
    : channel_{std::make_unique<Channel>(options)} {}
CaresResolver::~CaresResolver() = default;

void CaresResolver::close() {
    channel_.reset();
}

Future<netutil::Resolver::Addresses>
CaresResolver::look_up(std::string host, std::uint16_t port, netutil::Family family) {
    if (channel_ == nullptr) {
        throw std::logic_error{"the resolver is closed: resolve hosts before close()"};
    }
    try {
        if (auto numeric = netutil::numeric_address(host, port, family); !numeric.empty()) {
            return Future<Addresses>::ready(std::move(numeric));
        }
    } catch (const std::system_error&) {
        return Future<Addresses>::failed(std::current_exception());
    }
    return channel_->ask(std::move(host), port, family);
}

}  // namespace tornado::caresresolver
