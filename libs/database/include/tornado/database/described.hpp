#pragma once

/// Classes that Boost.Describe describes, as rows and from rows. An opt-in header.
///
/// A field is read from the column of its name, and a described member's trailing underscore is no
/// part of that: `class_` is the column "class". A column that is missing or NULL leaves a
/// std::optional empty; other fields want a value. Other columns do not matter.
///
///     struct Author { int id = 0; std::string name; std::optional<std::string> home; };
///     BOOST_DESCRIBE_STRUCT(Author, (), (id, name, home))
///
///     const auto rows = co_await db.query("SELECT * FROM author");
///     const auto authors = rows.as<Author>();

#include <boost/describe.hpp>

#include <type_traits>

#include "tornado/database/row.hpp"

namespace tornado::database {

template <typename T>
concept DescribedRow = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

template <DescribedRow T>
struct FromRow<T> {
    using Members = boost::describe::
        describe_members<T, boost::describe::mod_any_access | boost::describe::mod_inherited>;

    static T read(const Row& row) {
        T made{};
        boost::mp11::mp_for_each<Members>([&](auto member) {
            using Field = std::remove_cvref_t<decltype(made.*member.pointer)>;
            constexpr auto name = column_name(decltype(member)::name);
            if (!is_optional<Field> || row.has(name)) {
                made.*member.pointer = row.get<Field>(name);
            }
        });
        return made;
    }

private:
    static constexpr std::string_view column_name(std::string_view described) noexcept {
        return described.ends_with('_') ? described.substr(0, described.size() - 1) : described;
    }
};

}  // namespace tornado::database
