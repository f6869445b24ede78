// Sizes and times as people read them.

const number_format = new Intl.NumberFormat(undefined, {maximumFractionDigits: 1});
const time_format = new Intl.DateTimeFormat(undefined, {hour: "2-digit", minute: "2-digit"});
const date_format = new Intl.DateTimeFormat(undefined, {day: "numeric", month: "short", year: "numeric"});

export function size_text(bytes) {
  let unit = 0;
  for (; bytes >= 999.95 && unit < 4; ++unit) {
    bytes /= 1000;
  }
  return `${number_format.format(bytes)} ${["B", "kB", "MB", "GB", "TB"][unit]}`;
}

export function when_text(time) {
  const is_today = new Date(time).toDateString() === new Date().toDateString();
  return is_today ? `today at ${time_format.format(time)}` : date_format.format(time);
}

export function duration_text(seconds) {
  if (seconds < 60) {
    return `${Math.max(1, Math.round(seconds))} s`;
  }
  return seconds < 3600 ? `${Math.round(seconds / 60)} min` : `${number_format.format(seconds / 3600)} h`;
}
