// What outlives the page, where the browser allows that.

export const for_browser = area(() => localStorage);
export const for_tab = area(() => sessionStorage);  // over a reload

function area(storage) {
  return {
    get(name, fallback) {
      try {
        return JSON.parse(storage().getItem(name)) ?? fallback;
      } catch {
        return fallback;
      }
    },
    set(name, value) {
      try {
        storage().setItem(name, JSON.stringify(value));
      } catch {
        // It lasts as long as the page, then.
      }
    },
  };
}
