// wsgi.file_wrapper: open files that the kernel sends.
#include <fcntl.h>
#include <sys/stat.h>

#include "interpreter.hpp"
#include "response_writer.hpp"

namespace tornado::wsgi {

namespace {

bool is_exactly(PyObject* object, const Ref& type) noexcept {
    return reinterpret_cast<PyObject*>(Py_TYPE(object)) == type.get();
}

/// Whether what the file reads is what its descriptor reads: not so for a GzipFile, say.
bool is_plain_file(PyObject* file) {
    const auto& names = Interpreter::names();
    if (is_exactly(file, names.file_io)) {
        return true;
    }
    if (!is_exactly(file, names.buffered_reader) && !is_exactly(file, names.buffered_random)) {
        return false;
    }
    const auto raw = Ref::steal(PyObject_GetAttrString(file, "raw"));
    return raw && is_exactly(raw.get(), names.file_io);
}

bool can_be_read(int descriptor) noexcept {
    return (::fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_WRONLY;
}

/// What is left to read of a regular file, which stays the application's; nullopt, maybe with a
/// Python exception, when it is none.
std::optional<FilePart> rest_of(PyObject* file) {
    if (!is_plain_file(file)) {
        return std::nullopt;
    }
    const auto flushed = Ref::steal(PyObject_CallMethod(file, "flush", nullptr));
    const auto position = flushed ? Ref::steal(PyObject_CallMethod(file, "tell", nullptr)) : Ref{};
    const auto offset = position ? PyLong_AsLongLong(position.get()) : -1;
    const int descriptor = offset >= 0 ? PyObject_AsFileDescriptor(file) : -1;
    struct stat status {};
    if (descriptor < 0 || ::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_size <= offset || !can_be_read(descriptor)) {
        return std::nullopt;
    }
    netutil::Socket own{::fcntl(descriptor, F_DUPFD_CLOEXEC, 0)};
    if (!own) {
        return std::nullopt;
    }
    return FilePart{
        std::move(own),
        static_cast<std::uint64_t>(offset),
        static_cast<std::size_t>(status.st_size - offset)};
}

}  // namespace

bool ResponseWriter::send_file(PyObject* file_wrapper, bool& handled) {
    handled = false;
    if (!is_exactly(file_wrapper, Interpreter::names().file_wrapper) || !started_ || head_sent_ ||
        has_no_body()) {
        return true;
    }
    const auto file = Ref::steal(PyObject_GetAttrString(file_wrapper, "filelike"));
    auto part = file ? rest_of(file.get()) : std::nullopt;
    PyErr_Clear();  // then Python's own way of reading it may say what is wrong
    if (!part || content_length_.value_or(part->count) > part->count) {
        return true;
    }
    handled = true;
    part->count = static_cast<std::size_t>(content_length_.value_or(part->count));
    if (!content_length_) {
        head_.headers.add("Content-Length", std::to_string(part->count));
    }
    put({.head = std::move(head_), .data = {}, .file = std::move(part), .end = Output::End::done});
    return true;
}

}  // namespace tornado::wsgi
