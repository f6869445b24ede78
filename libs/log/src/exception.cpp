#include "tornado/log/exception.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <typeinfo>
#include <utility>

namespace tornado::log {

namespace {

std::string type_name(const std::type_info* type) {
    if (type == nullptr) {
        return "an exception of another language";
    }
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> name{
        abi::__cxa_demangle(type->name(), nullptr, nullptr, &status), &std::free};
    return status == 0 ? name.get() : type->name();
}

}  // namespace

std::string format_exception(std::exception_ptr exception) {
    if (exception == nullptr) {
        return "no exception";
    }
    try {
        std::rethrow_exception(std::move(exception));
    } catch (const std::exception& error) {
        return type_name(&typeid(error)) + ": " + error.what();
    } catch (...) {
        return type_name(abi::__cxa_current_exception_type());
    }
}

std::string format_current_exception() {
    return format_exception(std::current_exception());
}

}  // namespace tornado::log
