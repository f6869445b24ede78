// What the page says of its line to the server.

const $ = (id) => document.getElementById(id);

/** `state` is "online", "connecting" or "offline"; `seconds` are those until the next attempt. */
export function show_line_state(state, seconds, why) {
  const text = {online: "Connected", connecting: "Connecting", offline: why || "No connection"}[state];
  document.querySelector(".app").dataset.state = $("state").dataset.state = state;
  if ($("state-text").textContent !== text) {
    $("state-text").textContent = text;  // a screen reader says it once
  }
  if (state === "offline") {
    $("notice").hidden = false;
    $("countdown").textContent = `Next try in ${seconds} s.`;
  } else if (state === "online") {
    $("notice").hidden = true;
  }
}
