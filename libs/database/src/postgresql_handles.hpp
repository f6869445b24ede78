#pragma once

#include <libpq-fe.h>

#include <memory>

namespace tornado::database::postgresql {

template <auto release>
struct Release {
    template <typename T>
    void operator()(T* handle) const noexcept {
        release(handle);
    }
};

using ConnectionHandle = std::unique_ptr<PGconn, Release<PQfinish>>;
using ResultHandle = std::unique_ptr<PGresult, Release<PQclear>>;
using CancelHandle = std::unique_ptr<PGcancel, Release<PQfreeCancel>>;

}  // namespace tornado::database::postgresql
