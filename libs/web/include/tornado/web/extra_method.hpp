#pragma once

#include <string>
#include <utility>

#include "tornado/web/request_handler.hpp"
#include "tornado/web/verbs.hpp"

namespace tornado::web::detail {

/// A method beyond the seven usual ones, with the member function that serves it.
class ExtraMethod {
public:
    ExtraMethod(std::string method, int arity) : name{std::move(method)}, arguments{arity} {}
    ExtraMethod(const ExtraMethod&) = delete;
    ExtraMethod& operator=(const ExtraMethod&) = delete;
    virtual ~ExtraMethod() = default;
    virtual Started invoke(RequestHandler& handler, const PathArguments& path_arguments) const = 0;

    const std::string name;
    const int arguments;
};

template <typename F>
class MemberMethod final : public ExtraMethod {
public:
    using Traits = MemberTraits<F>;
    MemberMethod(std::string method, F member)
        : ExtraMethod{std::move(method), Traits::takes_all ? Verb::any_number : static_cast<int>(Traits::arity)},
          member_{member} {}

    Started invoke(RequestHandler& handler, const PathArguments& path_arguments) const override {
        // Checked, because nothing else ties the member to the route's handler.
        return call_member(dynamic_cast<typename Traits::Class&>(handler), member_, path_arguments);
    }

private:
    F member_;
};

}  // namespace tornado::web::detail
