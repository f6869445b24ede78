#pragma once

#include <memory>
#include <tuple>
#include <utility>

#include "tornado/web/request_handler.hpp"

namespace tornado::web::detail {

/// Makes a handler for each request, with the arguments that url() was given.
class HandlerFactory {
public:
    virtual ~HandlerFactory() = default;
    [[nodiscard]] virtual std::unique_ptr<RequestHandler> make() const = 0;
};

template <typename H, typename... Args>
class ArgumentFactory final : public HandlerFactory {
public:
    explicit ArgumentFactory(Args... args) : args_{std::move(args)...} {}
    [[nodiscard]] std::unique_ptr<RequestHandler> make() const override {
        return std::apply(
            [](const Args&... args) {
                std::unique_ptr<H> made{new H(args...)};
                if constexpr (requires { made->template made_as<H>(); }) {
                    made->template made_as<H>();
                }
                return std::unique_ptr<RequestHandler>{std::move(made)};
            },
            args_
        );
    }

private:
    std::tuple<Args...> args_;
};

}  // namespace tornado::web::detail
