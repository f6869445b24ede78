#pragma once

#include <gio/gio.h>
#include <glib-unix.h>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <tornado/platform/glib.hpp>
#include <utility>

#include "support.hpp"

/// A GMainContext of the test's own that runs on our loop, and is the thread's default.
struct GLibFixture : LoopFixture {
    GLibFixture() : context{g_main_context_new()} { glib.emplace(context); }
    ~GLibFixture() {
        glib.reset();
        g_main_context_unref(context);
    }

    /// Whether a source stays, as its function says.
    using Function = std::function<bool()>;

    /// Attaches a new source, which is freed when it is over. It returns the source, which GLib
    /// holds.
    GSource* attach(GSource* source, Function function) const {
        g_source_set_callback(source, call, new Function{std::move(function)}, drop);
        g_source_attach(source, context);
        g_source_unref(source);
        return source;
    }
    GSource* timeout(unsigned milliseconds, Function function) const {
        return attach(g_timeout_source_new(milliseconds), std::move(function));
    }
    GSource* idle(Function function) const {
        return attach(g_idle_source_new(), std::move(function));
    }

    /// Calls `function` while `fd` is readable.
    GSource* watch(int fd, Function function) const {
        auto* const source = g_unix_fd_source_new(fd, G_IO_IN);
        const GUnixFDSourceFunc ready = [](gint, GIOCondition, gpointer made) {
            return call(made);
        };
        g_source_set_callback(
            source, G_SOURCE_FUNC(ready), new Function{std::move(function)}, drop
        );
        g_source_attach(source, context);
        g_source_unref(source);
        return source;
    }

    GMainContext* context;
    std::optional<tornado::platform::GLibLoop> glib;

private:
    static gboolean call(gpointer function) {
        return (*static_cast<Function*>(function))() ? 1 : 0;
    }
    static void drop(gpointer function) { delete static_cast<Function*>(function); }
};

/// For `g_object_unref` at the end of a scope.
template <typename T>
struct Unref {
    void operator()(T* object) const { g_object_unref(object); }
};
template <typename T>
using Owned = std::unique_ptr<T, Unref<T>>;
