#pragma once

/// Everything of the library locale: translations from CSV and gettext catalogues, dates, lists and
/// numbers as people write them.

#include "tornado/locale/csv_locale.hpp"
#include "tornado/locale/error.hpp"
#include "tornado/locale/format.hpp"
#include "tornado/locale/gettext_catalogue.hpp"
#include "tornado/locale/gettext_locale.hpp"
#include "tornado/locale/locale.hpp"
#include "tornado/locale/names.hpp"
#include "tornado/locale/plural_forms.hpp"
#include "tornado/locale/translations.hpp"
